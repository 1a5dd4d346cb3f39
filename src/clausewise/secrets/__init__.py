"""What must not be shown: learned from what is sent, masked in whatever comes out."""
