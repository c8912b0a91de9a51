"""The rules of programmes, of decided changes and of progress: values in, decisions out."""
