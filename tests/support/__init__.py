"""What tests share: programs in C that they run, nodes, groups, networks, facts, and the reading of sources."""
