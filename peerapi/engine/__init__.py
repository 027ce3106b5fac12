"""The only trio code: threads, timers and sockets around the machines.

Imports the machines' rooms and nothing above.
"""
