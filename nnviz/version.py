"""The version of the program, told once."""

VERSION = "0.1.0"
