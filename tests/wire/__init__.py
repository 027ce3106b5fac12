"""MS-PPGRH from the outside: raw sockets against real nodes on ::1.

Section numbers are those of MS-PPGRH; A.. are the readings of the places that can be read in more than one way.
"""
