"""Tests of the relay as a program, and of nodes that reach each other through one."""
