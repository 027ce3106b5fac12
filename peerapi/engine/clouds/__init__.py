"""What runs PNRP's clouds: sockets, names, searches. Imports what is directly in ``engine`` and the machines."""
