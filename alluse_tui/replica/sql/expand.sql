CREATE OR REPLACE TEMP TABLE body AS
SELECT from_json(text, '{
    "seq": "BIGINT", "recorded": "BIGINT", "portfolio": "VARCHAR", "actor": "VARCHAR",
    "command": "VARCHAR", "denied": "VARCHAR", "content": {"note": "VARCHAR"}, "part": ["INTEGER"],
    "refusals": [{"ok": "BOOLEAN", "message": "VARCHAR"}],
    "events": [{
        "type": "VARCHAR", "portfolio": "VARCHAR", "currency": "VARCHAR", "opened": "DATE",
        "policy": {"template": "VARCHAR", "strategy": "VARCHAR"},
        "code": "VARCHAR", "tier": "VARCHAR", "parent": "VARCHAR", "name": "VARCHAR",
        "kind": "VARCHAR", "effective": "DATE", "note": "VARCHAR", "key": "VARCHAR",
        "symbol": "VARCHAR",
        "account": "VARCHAR", "notes": "VARCHAR", "status": "VARCHAR", "path": "VARCHAR",
        "value": "VARCHAR", "previous": "VARCHAR",
        "reverses": "BIGINT", "first_seq": "BIGINT", "last_seq": "BIGINT", "alert": "VARCHAR", "against": "VARCHAR", "nanos": "VARCHAR",
        "postings": [{"account": "VARCHAR", "bucket": "VARCHAR", "currency": "VARCHAR",
                      "micros": "VARCHAR"}],
        "lots": ["BIGINT"],
        "base": [{"account": "VARCHAR", "currency": "VARCHAR", "micros": "VARCHAR"}],
        "holdings": [{"account": "VARCHAR", "instrument": "VARCHAR", "currency": "VARCHAR",
                      "quantity_micros": "VARCHAR", "value_micros": "VARCHAR",
                      "replaces": "VARCHAR", "contract": "VARCHAR"}]
    }]
}') AS r
FROM (SELECT unnest($bodies::VARCHAR[]) AS text);
