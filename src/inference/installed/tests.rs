//! What gets into the models directory, and what is found wrong with it.
