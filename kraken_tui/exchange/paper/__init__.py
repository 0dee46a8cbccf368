"""An exchange on paper, in the shape of ccxt, on top of the matching core."""
