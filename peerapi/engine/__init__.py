"""The only trio code: threads, timers, sockets around the machines."""
