"""How each system writes down what happens in it: payloads as the vendors document them."""
