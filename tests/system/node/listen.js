// Prints each frame of a WebSocket on a line, and at last the code with which it closed.
// Arguments: the package (ws or ws-2) and the URL.
"use strict";

const [name, url] = process.argv.slice(2);
const WebSocket = require(name);

const socket = new WebSocket(url);
socket.on("message", (data) => console.log(String(data)));
socket.on("error", (error) => console.log(JSON.stringify({ error: error.message })));
socket.on("close", (code) => console.log(code));
