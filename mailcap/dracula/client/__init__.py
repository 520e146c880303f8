"""Counting on servers, from within a program that runs on Twisted."""

from mailcap.dracula.client.pool import Client

__all__ = ["Client"]
