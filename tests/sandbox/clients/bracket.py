"""A bracket with nothing but ccxt: python bracket.py URL KEY SECRET, as `kraken-tui sandbox` prints them."""

import sys

import ccxt

url, key, secret = sys.argv[1:4]
kraken = ccxt.kraken({"apiKey": key, "secret": secret, "enableRateLimit": False})
kraken.urls["api"].update(public=url, private=url)

price = kraken.fetch_ticker("BTC/USD")["ask"] * 1.001
stop = {"close": {"ordertype": "stop-loss", "price": int(price * 0.97)}}
kraken.create_order("BTC/USD", "limit", "buy", 0.01, price, stop)
kraken.create_order("BTC/USD", "market", "sell", 0.01, None, {"takeProfitPrice": int(price * 1.05)})
print([order["info"]["descr"]["order"] for order in kraken.fetch_open_orders("BTC/USD")])
kraken.cancel_all_orders()
kraken.create_order("BTC/USD", "market", "sell", 0.01)
print(kraken.fetch_balance()["total"])
