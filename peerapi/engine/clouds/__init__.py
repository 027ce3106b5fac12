"""What runs PNRP's clouds: sockets, names, searches. Imports what is directly in ``engine``,
``engine.reach`` and the machines."""
