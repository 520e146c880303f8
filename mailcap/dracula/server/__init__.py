"""The counting server: requests to answers (`responder`), and the ports that carry them."""
