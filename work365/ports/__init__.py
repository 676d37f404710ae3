"""What the use cases need of the outside, in the words of the domain."""
