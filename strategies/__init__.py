"""What a schema cannot say about good and nasty values of this API."""
