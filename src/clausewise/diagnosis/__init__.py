"""Why lawful requests were refused: delta debugging over the value classes of a request."""
