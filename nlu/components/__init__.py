"""Rasa graph components of the NLU server: the sentence encoder and the theme classifier."""
