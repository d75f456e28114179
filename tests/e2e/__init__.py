"""The product as people meet it: a running server, real browsers, and a power cut."""
