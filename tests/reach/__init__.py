"""Tests of ``peerapi.reach``: codecs, and machines on virtual time."""
