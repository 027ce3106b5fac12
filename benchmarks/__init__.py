"""Figures of the library beside the limits of the machine, measured in the same run. See README.md."""
