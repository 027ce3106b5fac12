"""Pages for a browser on this machine: who is let in, what may be asked, and the server, for the programs above.

It knows no graph, and imports no room: whoever has a page says what it shows and what a request does.
"""
