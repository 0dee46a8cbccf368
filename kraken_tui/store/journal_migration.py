"""Brings an older order journal up to date, in one transaction: whatever ends it midway leaves the old one whole."""

FROM_1 = """
BEGIN IMMEDIATE;
DROP INDEX outcomes_of_intent;
ALTER TABLE intents RENAME TO intents_1;
ALTER TABLE outcomes RENAME TO outcomes_1;
ALTER TABLE fills RENAME TO fills_1;
ALTER TABLE commands RENAME TO commands_1;
{tables}
INSERT INTO intents (id, client_id, kind, symbol, payload, owner, created_ns, mode)
    SELECT id, client_id, kind, symbol, payload, owner, created_ns, '{mode}' FROM intents_1;
INSERT INTO outcomes (id, intent_id, kind, order_id, text, time_ns, mode)
    SELECT id, intent_id, kind, order_id, text, time_ns, '{mode}' FROM outcomes_1;
INSERT INTO fills (rowid, id, order_id, client_id, symbol, side, order_type, price, amount, cost, fee, fee_coin, maker,
                   leverage, time_ns, mode)
    SELECT rowid, id, order_id, client_id, symbol, side, order_type, price, amount, cost, fee, '0', maker,
           leverage, time_ns, '{mode}' FROM fills_1;
INSERT INTO commands (id, author, command, result, time_ns, mode)
    SELECT id, author, command, result, time_ns, '{mode}' FROM commands_1;
DROP TABLE outcomes_1;
DROP TABLE intents_1;
DROP TABLE fills_1;
DROP TABLE commands_1;
UPDATE meta SET value = '2' WHERE key = 'schema_version';
COMMIT;
"""
"""Version 1 had no brackets, no fees in coin, no targets, and the mode in `meta` alone."""


def from_1(tables: str, mode: str) -> str:
    """The script that makes a journal of version 1 one of version 2.

    Args:
        tables: the statements that make the tables of version 2.
        mode: the journal's own, which its rows are stamped with.
    """
    return FROM_1.format(tables=tables, mode=mode)
