"""The words that are drawn, and when a guess is right."""

from __future__ import annotations

import hashlib

_WORDS = """
anchor ant apple arrow balloon banana barrel basket bat beard bed bee bell bicycle bird boat bone book boot bottle
bread bridge broom bucket bus butterfly button cactus cake camel camera candle carrot castle cat chain chair cheese
cherry chimney church clock cloud clown comb compass cow crab crown cup curtain diamond dice dog dolphin door dragon
drum duck eagle ear egg elephant envelope eye feather fence fire fish flag flower fork fountain fox frog garden ghost
giraffe glasses glove goat grapes guitar hammer hand harp hat heart hedgehog helicopter helmet honey horse house ice
island kangaroo key kite knife knight ladder lamp leaf lemon letter lighthouse lion lock magnet map mask mermaid mill
mirror moon mountain mouse mushroom nail needle nest net nose octopus onion orange owl paint palace palm parrot pear
pencil penguin piano pig pillow pirate pizza plane pumpkin pyramid queen rabbit radio rain rainbow ring river robot
rocket roof rope rose saddle sail scissors scorpion shark sheep ship shoe skeleton snail snake snowman sock spider
spoon squirrel stairs star strawberry sun sword table tail tent thunder tiger tooth tower train tree trumpet tunnel
turtle umbrella unicorn vase violin volcano waterfall whale wheel window witch wolf yacht zebra
"""
WORDS = tuple(_WORDS.split())


def commitment(drawer: str, after: str, salt: str, word: str) -> str:
    """What the record that begins a round says of its word: nobody finds the word in it without the salt, of 128 random
    bits, and there is no other word and salt of which it could be. Who draws, and what the round follows, are in it, so
    that it is good for that round alone."""
    return hashlib.sha256(f"peerapi draw and guess\0{drawer}\0{after}\0{salt}\0{word}".encode()).hexdigest()


def is_right(guess: str, word: str) -> bool:
    """Whatever its letters' size, and whatever blanks are around it."""
    return " ".join(guess.casefold().split()) == word.casefold()
