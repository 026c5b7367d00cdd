"""Let the database check all enums. PostgreSQL does so for rows to come; the next migration lets it check those there are.

So no table is locked for as long as its rows take. SQLite cannot add a CHECK: its tables are rebuilt, each from its own
statement, with its indexes and triggers.
"""

import re

from tortoise import BaseDBAsyncClient

ENUMS = {
    "changes": {
        "kind": (
            "SESSION_CHANGED",
            "SESSIONS_DELETED",
            "MESSAGE_ADDED",
            "MESSAGES_DELETED",
            "REPLY_SETTLED",
            "KEYS_CHANGED",
            "FILE_CHANGED",
            "FILES_DELETED",
        ),
    },
    "sessions": {"status": ("ACTIVE", "ENDED")},
    "messages": {
        "role": ("USER", "ASSISTANT", "SYSTEM"),
        "status": ("STREAMING", "COMPLETED", "STOPPED", "FAILED", "INTERRUPTED"),
        "finish_reason": ("STOP", "LENGTH", "CONTENT_FILTER", "TOOL_CALLS"),
        "usage_source": ("PROVIDER", "ESTIMATED"),
    },
    "files": {"status": ("PENDING", "READY", "FAILED")},
    "calls": {"purpose": ("REPLY", "TITLE", "TEST"), "usage_source": ("PROVIDER", "ESTIMATED")},
    "open_calls": {"purpose": ("REPLY", "TITLE", "TEST")},
    "users": {"role": ("USER", "ADMIN"), "status": ("ACTIVE", "DISABLED")},
    "verification_codes": {"purpose": ("REGISTER", "PASSWORD_RESET", "EMAIL_CHANGE")},
}
# Those that no longer said what the models say.
COMMENTS = {
    "keys": "A credential for one OpenAI-compatible endpoint and model; `secret_sealed` is AES-256-GCM, bound to the id.",
    "access_tokens": "A personal access token for scripts. Only its SHA-256 is stored.",
    "changes": "A change to what a user owns, numbered from 1 without a gap. `ids` are the ids of what changed.",
    "doomed_objects": "An object that no file needs any more: deleted at `next_try_at`, and tried again until that succeeds.",
    "group_members": "The membership of a user in a group.",
    "groups": "Users who share keys. Users join with an activation code.",
    "search_texts": "The searched form of a settled message: `folded` is its owner's mark and its normalized text.",
    "send_claims": "An idempotency key of a request: a repeat gets the first answer, another payload a conflict.",
    "sessions": "A conversation. `head_id` is the last message of the selected branch; it changes only under a lock on the row.",
    "users": "A person's account. The folded columns hold normalized values, which must be unique.",
}
QUOTE = "'"
PARTS = "SELECT sql FROM sqlite_master WHERE tbl_name = '{}' AND type IN ('index', 'trigger') AND sql IS NOT NULL"


async def upgrade(db: BaseDBAsyncClient) -> str:
    if db.capabilities.dialect == "sqlite":
        return "".join([await _rebuilt(db, table) for table in ENUMS])
    statements = [
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_check" {_check(column, values)} NOT VALID;\n'
        for table, columns in ENUMS.items()
        for column, values in columns.items()
    ]
    comments = [
        f"COMMENT ON TABLE \"{table}\" IS '{comment.replace(QUOTE, QUOTE * 2)}';\n"
        for table, comment in COMMENTS.items()
    ]
    return "".join([*statements, *comments])


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


def _check(column: str, values: tuple[str, ...]) -> str:
    members = ", ".join(f"'{value}'" for value in values)
    return f'CHECK ("{column}" IN ({members}))'


async def _rebuilt(db: BaseDBAsyncClient, table: str) -> str:
    """Return the statements that build the table again with its checks."""
    [row] = await db.execute_query_dict(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")  # noqa: S608
    sql = re.sub(r'^CREATE TABLE (IF NOT EXISTS )?"?\w+"?', f'CREATE TABLE "{table}_checked"', row["sql"])
    for column, values in ENUMS[table].items():
        sql, count = re.subn(
            rf'("{column}" VARCHAR\(32\))', lambda match, v=values, c=column: f"{match[1]} {_check(c, v)}", sql
        )
        assert count == 1, (table, column)
    parts = "".join(f"{part['sql']};\n" for part in await db.execute_query_dict(PARTS.format(table)))
    return f"""{sql};
INSERT INTO "{table}_checked" SELECT * FROM "{table}";
DROP TABLE "{table}";
ALTER TABLE "{table}_checked" RENAME TO "{table}";
{parts}"""  # noqa: S608


MODELS_STATE = (
    "eJztXVt32za2/itYemm7luKJHTvpSZ4UW0019W0suZ1OM4uCSNjimCJVgrKjXv772RsgKd"
    "5NKhJF0XhJZBIbBL8NAvuOPzszx2AWPzidUvuedd6TPzs2neGPxJ0u6dD5fHUdL3h0Yomm"
    "umgjrtEJ91yqe3D5jlqcwSWDcd01557p2Ni4R2Rz4jnkaUo9QsmCM5c4TzbvEnsxmzCXGe"
    "TOdWbkkDyZ3tRZYKN7Oj8gY9PgY0JdoJ4yAn8Q5072Ijs1DnAQhqPDKEz7vqbnLWzz9wXT"
    "POeeQTMXnvrbbx18iGYaeF8+pPPf/8Jv0zbYF8AK2uCf8wftzmSWEYNeUonrmreci2sfzf"
    "uB7f0g2uIrTjTdsRYze9V+voSh2yGBaXt49Z7ZzKUewyd47oKJ4ViWz7qAR/INVk3kKCM0"
    "BrujCwvZitRyAKtrHU27vBppw/5I0zoplgcUEa74l3THxukCQ+UCADEFX/3f0dGbN++OXr"
    "95+/3J8bt3J9+//h7aivGmb737Ww5mhZbsSmA2+DS4HOGAHJiTcq7ihb8FDfWopBLMWKHv"
    "c6sSB1Y0z3MhwLyIDcGFFR9WX1PLGLEC/gHeNg376ZTpD8zoA8Qp2AOKBOjwKs0BvcMX+p"
    "RQTob94XBwdamd/ti7/NQ/Sy5UOZyY0S+axex7bwp/vjkqAPnn3g10ffPtm6PvyOmP/dOf"
    "yLefBUKfO2RwSb79JjGAb7okuDTUzvrn/ZG8dgHXep/6Wu/sLHYh1uimf33+K77y6Fxe+K"
    "n/6zDa8w+D837y71UP330XnwyX/uCPcPSJaQGrbnpW/HN4dZm3GPKMKWGYukf+IpbJ9/F7"
    "LOA6AoE9zzj/3YpC+e1F799JlE/Prz4KcBzu3buiF9HBxwTkussQHI16aeTP4I5nzlg2+n"
    "HKJBN80oPgx2ZYUecWVcCJ0QA+lFHv4jrGjrPeqI93jsTVZeLqt28TLAo7Ib8MRj8S/JP8"
    "5+qyn+Ra2G70nw6OiS48R7OdJ40aUSCDy8GlGJcjEkpyyaVuNnsjJE1ec8tvdGstr8VrF4"
    "p1dw+ZogXCl4b7B8dl5r39E1sK0AcwQmrrLANkXya/9bvZM7D/DmZTcHX17br0KZSDo5MM"
    "3h3emHlyWvaGp72zfkcgPKH6wxN1DS0GNd5xjpzElbBt+tbsaJa8Qm16L8DBt8AxrzQhb8"
    "g4l2+dpSiFtwu1JS4blVeXHPuRuZziFdBIpowagM6YmFwoJRblHplBnzBq1E7wGgfMdJgX"
    "ZOLCTJp+IGagsIACY1tLsoAZ4IKSYzn6A1wRRK7zlKk91fz4DGUqoTfFdCsAz3xk/n4Dl6"
    "Dtb50HtsTb/62kYeWveptc8HarYG1huStSpTzTs1gVpEOCFu4uR69fl8AbWuUCLu7FJbU5"
    "fJqOTatgHCFZC2V/wjYT5MNSIB8WgHyYBpkvucdm2tx1ZvMMiXjEvuSYBVKEbQC8SATu/3"
    "tUrIyEEvD51eWnoHlSQ4mjPwWdzXGXmr/JZCiDuWaZLNK1DDQNY4Fvnzk6PH53/P2bt8eh"
    "WSa8UmSNSVtehJRSZQ0JCdowoWtYpkGi9xYZM7fIuLWiafJm2OmdjgY/94njkv7lWV1mLY"
    "lNYNiSQ0ArkxhCJevS3LRtlmVvdxyLUTtnCw2JEqyZAFVzeLOJJf3j1dV5bEn/OEiu2bcX"
    "H/uwpwrQoZHp5dh3fdWhyjoTIWnfSrMp+Tuyjst9DgBc2BmCSu4+maJrkxdjY7skqrqBKL"
    "GGaTSDfAP20YbN8DbZR2OmhSqcjhHWYwNXTF6Tyfvl6lBsXpPNi7mxJpvjlIrNjWazb/it"
    "IGGuKJSA+byAqVyGymW4ly7DxCKxAUR/kr3s1/pQFs/VqhiDEx5PLm/Pz3flgr2Q2lMnw/"
    "0a3OoWuV6jduAyrlcbukCnJiW+0/YbDnAxcS3oK8tnWorus/3ZHjuuwdzQmWqwuTf1Q1E/"
    "kLHJtcCVOiYz6j7IVo7NyJxCQw8DUaXDVTyF8KnzxA/IL1PTYvBwl82tJfY9HN30exeDy0"
    "/dz7bpcfLkmh5zyfjJcR/EhwPdL7gHBDZ7ItjCYpQzYtpBGz7uEmobhHvOHJ24OiNj/K25"
    "DCY2lwKSeA/OPBi6x77An0AB7whyMndsAGcVSSu8xtymcxixV9rt67+mPzMj6MjV1cAYW3"
    "T/zuExtqclvcH4e2VUFW+oLWzPtJSjeNeOYsm8FNK5BquwvTJUZRiqEl9GBcN2glJZt8tb"
    "t10nO9Qh38ETUDRZLO7cDvs3XdIbDgegm12O0M8z/HU46l/U4+hBjAI3Dw4FnTzhYEQEsx"
    "hMJZcP7k1pTuV78YP2TeZTY7331POoPp0xfHwK8/wo7gSZiub+imjuUP6qMuljRG0wjdQ9"
    "8Vvs8l+pE+T06uJapHR0Qcm4ur7GHz/0Buf9M9wpYJfs39zcXo92ExcQjhM3inCkYteQYx"
    "WJKWK0+Csy2kr7yZ1pm3yqyS+mGsNTpA3+0jpP06VQ3oRiTRh0btTD1RhKK+ZeXSPXzvvw"
    "Rf4oOQwMvBxpPwzOR1JSGIF4p532zs+HlRjKXNdxgUtGpdjVOFWDGdkYa7JEbLay3JTdnF"
    "KEbUC77g1Kgugyz11q9M5jLqh+MKSsbLtcPbywDxVpqSIt6w+IF7HWmuc8MLvKTE7Rqdmb"
    "nr06YGQxHEV1gDNpFchpkD3Ho1Z1fJNkCtqM+Uv1KTPWmLtJOgVuhgE0sBhUxzeLVEGchn"
    "ghYke5s3D1irbmJGWDpYnO9c3Vz4Oz/o3IKRiOBhe92uwHUZgCRTMYjsgvCIZTSZ8M0pAA"
    "P1un1b0ymfQ1+mbCK1EmZjvNG+aUCR3cVUTuGFGDP5Q1xe63xyW+irfHufMbbyUC4yOu9B"
    "TOzwTFx0lVQHyToytTAR9VuZ3ZgeJ5k3mu4uNfBJuliX0tPidI1efcZD6rAPntujRWoYcV"
    "II4RKZSfRzkeCFoW5jhVkz3sTU1G4Kv6Vl8ZPZ+olrVnsJcNo4/PuOczE+RCsAF4I9Hw+7"
    "VylEU2tmSqlI/2pnwMGXX1KYYCdDKyPiJ3u8U197CdhpGcJZM/RiKtAqmwOLjjzoJ8Ds+z"
    "4Iofe/CejO8cy2CyHh4mTjhPMDm+4SJdQ2RM4EUb6Kll/gGEOIR0yshWn4aJJgMPSSgRiG"
    "DnPnWXTJhOFzxMF4HOXOcJG2OSiMdsvCwUOVG3zzMtrOY3pTwYnMwLCXoBWqyR/tke/uvc"
    "9Bh5YGyOQUOmS2SNbL8CINZZB0IC85HdMxfaLfNLqQdFE4KSfnm1AGWSx5+d1dTqSLzwco"
    "d9mbtB6UV/1q32NTE9RL9i3vjf/fD243B0M7j81BH0MGXwqvwUVOX2xlVu95md4kB+INGK"
    "ohXiYN0hRJEPs4IcHqdqBfAq73ovIVZ513XmXecGem5RvdlXYONrZJPKYA+ZbZxa1Jxly+"
    "PBzWfEcdvQdGxXNhUbJEWDzeYOCKT6EqVFKSD7vqT3UnoFMZWA3CizpO9Ml3sgYvIn5qKM"
    "6qA8SeZ0aTnUgPbAgjvL1DOE8W0/7LnjgiIP11BxzZF5o1IxpjYL8V2VvW5ANnOSgZUwT5"
    "G2cPfeTuSv/No00E2n1azvcboW4r35kI/9cgurE2LW8xaGW0qFzylK08JPSel2+wrxesaK"
    "DFIFuVKnG6BOR2em0qnLoltGsU5tgQreEvBGN/4mGSx+EeHcnQxrhX+nW2Sq8MuflTRTkL"
    "nr6MBpWZpNlFnjwq9mMt7FQ0Atx77H/02/2BpfVVs7IB8dLOoGUi8XhdImMt0e1cwJ3P+G"
    "Ex0PzMoqOFfXY5+v0qZsD3UoYvm2B8HetRSzOKWK1220ZtaolAulgW+Uzykxejf75g+meN"
    "3UrimuF+6Zd9Ci9I6JjWO1Ug/IAPamydLz9yNR8nTyP6Z7ZCz/R8voGIuTitqnHohiXfzp"
    "MlmY1BSxLjf93tmvWXvldh8oqrpy8w+miQ7D0q7Utp0FNDYI3iRPokSrdB3AD2h03b88Ey"
    "WVMJxGHMQChA6yUXaA0ivsxb8vHI/KErFw1SY4/N5n26+5JDrD4BzbCV4h0h26JQCGAzJm"
    "X+YmzNKgZiv2z6CdQMUfiOjrIKjkOqNLMmFCjugS7oggns+2GD+8FXLTFz44NIT7wu9hrl"
    "3a1XdpRPQhvzSW8m3s2Lch/q8AdNC+hUaTo5OTMl6Mk5N8LwbeS1Tl+eIxOzvIuqD0VJSo"
    "hUgfvi0B9GFyn46c6fk2fVKWYVKJUQWc41RtBPqoKCovRProXT7UeC+RrRHuhmmsi4Ij43"
    "RtqvRcS5xkhAFTenTytspEX1G0Lx1p887QFpf6DKVSId1iRQ4paSbl6k0KJ3nlPP2xYB0O"
    "MZpI9c5K5TqpaS3cSvUGIyRt+B7qDhNeKVFV1qA4VZO/kiZFwZhc843B6xT/j5Gq6v/lC8"
    "3sVzxMUxiwF+a4uHYW2E2qsjlOWUuRBGVzXY/JtZ4P8cJFA5XJr6LM9hliFfJUZ8iTqj+x"
    "+foTu3EuXjPbgDc8Y7IkdCfDz5hs0i1yORqOMwMhWuqM5ZOKfB+Z8FzZjnSf2YwZnFB7SW"
    "Ywq94TiZlBoMnYhq1eE8XuPf9ARGAU3rsHLvjp8dINttB17Cczu2j7T0UvZA9b3WNyPcg+"
    "XJwaeee4hFF9Kh8pSEwePKqLkT9PU1Ofskcg0inXqcE+EM4YwTf4h8F0U6TP/+P168OjVy"
    "6bOY/UOpgZ6EAlyD3+2Yb3wU9ajBJ++zNwVWbAm7Jl4E28xzHJcCN7G+FFKvN+sxblgvMb"
    "G2PhaZAzdiv2Hep5bDbPOkwtd6pHSdrkRdlYWe3I+lpVrU+QqmCqpin2DQmm+uQ6i3mWlC"
    "NvFMo299ikpEyD2gKHXRx23inGMsHayg+IvPo/B6SFoPAO9GI+UiQjeGRVWk75qp5UnHAT"
    "lNOiHXu3cTwNgvqw1C59WLBLH2bs0uE3UfkYuQzSNhgWt+2DT8Cm5dWCKg289pW1oZL4N2"
    "jKbx79mWN7U2spj2/RRIxqNXUsp4MWHQJTc8yPcki2VqSNmfXnxppsjlMqNjeOzU3SXC4Y"
    "1u7s5Okv/u3ntRhtJlpWqMHqE0zNucxOEMZF0D4oER1ml1ItQ5RZhUkOUioVgWciv+SoSk"
    "bYsRKjNrnWrn7RTS76VZb9pqI0ynutAgQaGCBwH5j+vtKXHZoQ9wzusl7s6KdcrizKBkB9"
    "6WEXuxE28YSFDCHTP3ghX7hE43RJpz+Brd9gtmdSS/jD0Qd9NWd2b/AKj6imnokV8pltzB"
    "2AT/ixxQM/kDFnQOtpnFHLr8Hf6w9fHZ28ffXp9KJLJs4CXfOOSKc1jazc49qeLQMAsHSp"
    "NNNLwRfJhDXfkJexsbiBRwhImfmAjHFuhGnBQnRGL4AvMRUk9cbydQUH06Jz+C0r2flFOw"
    "AatdNvxQUQ+2DTQOeHE6cIW4F4/YHFAsWpmXWeUlFkcYysFdDHJ3sZ23++6T/D8g/7UxWE"
    "Q4IWYruViJ+JKNfjVgI5StNKnI+/LwX08fcFSOPN1OmN8MvzDZRxsP85vLrMBjtOlbQlmb"
    "pH/iKWyfcx0qoAZMSjeNVOLtDduGUIO0iu2vB4T0RUoRuwSoxbmrBFrsONBbqhS5trfMk9"
    "NsNcz9k8Y3MszBHN6aHGVNHwShTvbGVvE9N8gzmiU0YNWCTWEAnTlG0ICalbJJQoaiJQvc"
    "r6nqT7qhV+f3iwnQVeeWxegsdGhSW8CDZblHvagq/F6CRtLSnxitNrcnonLtiG8VN5YPcS"
    "YpWiXWeKdt1O7YatEZvzae/GATvE4sbGkLmPzM1xxiabdItPesRmQYrn8+7ZXzAnmRoz0+"
    "ZkSh/xVHQPY/hE4WXR1zfi3HJ0bXYxpA9dqHhgeejPNA10lmLL8QGR56p7HrCMExiltQx8"
    "pLA3Zhz9WO/jZa3oao5dMhTthW8Y9m880VwUrUY+ksAb+16Ma8KwXDMPiMWZlCo7qzH7Ur"
    "fAObtj52EzF9WX4DtsGPJbdR3uxLHVaIC35deq2UnbcIy3cvbsjh2HDYO8brOysjeutXnu"
    "gxWqIWlQp9SyOhnakLheqALp0KJ8cCoVYjyhMvCzKw5z88Q5LzoQPOGRL6YnjnhhMJ+MD/"
    "iXs/As85FxX03xKy75Jx12RRQoqgs5CVN1PFRoOi6DD4J7wRGMfNwl4bXVUjgWZHCDz2Ei"
    "Mw1l5LFQcfDD/0DQzS9VHixqsyQL20IdaPzA2JxrIg4AZv4YHjkOAmnDYNbbm3P/iDx4Fc"
    "ofsOhVSrUz78jYRF9roLmCIjdeeZ9EZwISpBTQTdg9teGBIww+CA7bSSllSITX5CE82MsD"
    "zHMbZpqot0XJH8x1gqJgE8dYyp6YUfoQnYihJu4tyzhPJ9zhs1vGK8dlt4kcpSn+BqgK20"
    "dtHjlPDYviZ9/PvhrnfIJaxRnvWJWdL1zYBjJDjfNPR4gQNdmu3bnpX5//2oVNb3Tex8MR"
    "RrDFJRfYTbJhdTSCj1BwNoIYCB6IIIYifsBQKp2LoCI5t60lBPtRFZCjNK3EeTsab2wDT+"
    "P93DkIcVp1EEL5ILf0ZlwB+TSxgr489En5uordOIu2FctN3bbjtEKzDhsKLUOKEWUYoVsm"
    "LCKameGMzt9tY0Tts30elzmw8jj/vMrj1HGVQqOEBaOaUBOnah/Ob0pJj28KpMc3aekxWB"
    "uq6a1xqvZBfXhURn6EVgUnVqakRxWlvNYyvg/m5BdybuPw9vS0PxyiTaJ/c3N1U49RIn5e"
    "oz8GNEaIMVSyRsiucqqn5h8ZG6dSOWBpLYG5ruNWrkobp2rfNrL5aF6JmK9PVdEBUoRtQL"
    "tu6V+C6DJRmv8OFCmNMxiSUSWntLAPtbRkGSB8n13VE/RShGrKr2N5iHhM10I/IFToV0df"
    "5kJXT1xP0amFJaOYNWAkTwFbpzJABq0COQNkqk9Bc60OcJJOgZu1NVLu2PDE6vhmkSqI0x"
    "AvRDAKdxauXjHaIEnZ4P2vc31z9fPgrH8jNPvhaHDRG/XP6tHuozAFOn4wHKHkB8OppOgb"
    "C1ceujGr8lEkqNSxZlnVXkyX+5JFNXDThGq9ScOrUqK3b0RZhRSWRXhFofAtEfO1CuGsgH"
    "GcSuFcwpq9q2PuXxjOqoSCKqGwAytTO065b9haURbbgkPuYQjk8vb8vJO16W0A34tVT+3E"
    "Nr7Tl8A2M9q2Mq5+WYl2YrqSUEvgqcqpfF05lRWqu0kblMej4eGWnYzkwcjdbomz07Bhha"
    "PTpLlQnoAWnPIgkhFlkpnIWgtqmIi+RUWT29HpBzIWf4tUN9PjRBgEoM2M2RlFU7b8rGcP"
    "ahP0qbMmKuV9FR1NmikbZlhA/HlZJK3sNvGrxnNI89PBZsFsrxJVFxKpgLpGB9Tl+TaKPq"
    "+vdGo0jZ27Oe1XnZBXv+arjm/7Stlsx6Xu8OCtvKoO4b1CscyBVlr18g4L4JdLnuiyS/wz"
    "wJ6mDod/HfcBbmCZBcNkxnsiyjKg+IRyEVaZM2XRAYsZ99iDCfdthkUMsGTCk2yJpeUwe5"
    "HnVnqo6/lY9GHgEVE3Hcl9WXBGlyAPknv5YFlagtkGnjwmjnCYsDv4hMIyEIHzO7zsMll5"
    "ARY2QJu5frdw7bPt66vwDkbYt5A9u2Qci7QR4iaIpIyD2ADf3AHpYYQfGRuMGjLab0xsJ8"
    "BEh6Yw5smC+weq5Z+ClluVIV4DIVVBQdUpUHUKthY1oOoUNJ1Fa34Xqk6BqlOg6hSoOgX7"
    "BL2qU9CAeHVVp6AhjFB1CtK7rapToOoUtAxqVaegOcv4vrlVVPSgioZtE84qqnu7+KrMhO"
    "1jvNt836bttluoJICWrfxs1KKIggziNoFcc2hBxCdXYZonqNqE/xZygivDm0WqMM7AeOXO"
    "raohxSnr0ZDq9K+2SUFSaT8q7aeJoU/Ppv3sJvLpFvXVjwv9gXmdjOCn6O1uUfyTLAgwES"
    "0rxKXzxcyPFEd8wkBxEVeDQUHB0THiiYn4cXFaCwyXHJ6QmWkvvKw4p208BIOZsF+DLkW/"
    "eGbLkuDST/6Qh23eAyX0whf6FJ4qUYHnwifgel0ylhfwAJkDPKwG9VkRhCRPsYFNPDJCZ+"
    "FBF3jG6GcbBwl9LCOHzuDYgVLOp9zjYWLHvYRPxz9W2rQMjUiGzv8WaV4tLknF0W9WDM8P"
    "V4oxtIpcEyNUht9GyzW1G8qaxsytW3xVLNmWY8nC8OjyG0VI0iaNtmarjahdWhH3FY0Cfm"
    "3gn7ELF+HfatNwzWwoUTGycAnaWNFIxQ4hWBYVeStiRIvrvNXMAmUjUzYyZSMrbSPr6Trj"
    "XJzo28mwkUVvd4tsZFQ0jOwiZdIE58zljk0tIqlldQVhI5IN+QG5sq2lyMsb/th7dXTyFg"
    "1C3IO5ZWTl/X19h5Uy3VQu225z2cT/FYAO2rdwlT8spdQeFii1h2mlVpZGnVKeUckiH+U4"
    "Veum9dvjEkC/Pc7FGW8lqibqzjwrPQQPgs+JeQwpkpZNU/fIX8Qy+T5KjAXAIhYxc2YqJy"
    "GZftCN2ymxg1ROgoorfgnmZfZlbkJ3a7A5TrkBNjcserBNXLYo9zQQzdb5nJO0itNN5rRS"
    "8ZWKr1T80ip+f0ZNCz4NW9jjUip+9Ha3SMVn2FDTRcvylYBEcxGhYqNW7ixsjBaBrx0WBN"
    "6VgSoY7OFYBgasHBCMPpnCX8xFquCWTyAq1LgYlCJq8EyWhBI8rTGzCFBNj8aQGWFVQILA"
    "quDTY4OIhYHc2p5pkfFKrsDqOxPHWBJAm4lHTOkjSz5bmSaauGB2C0wTwDxNfDBV0I4RtX"
    "CfOjopoztDq3zP+0lKew5B0+7w0600vbNot4X7Dmf7NtKfcWWrbBqKEbVuVdm8ZUgZKJ4T"
    "ylqh0DTIQNGwhaxNXFZqq1JbldpaWm0dAo8GmU5p/063SFnl0EYzy7qir2xGkOIV5jbYRl"
    "B4FQv534HOdwerwDSo/S9yKLAmmmkvGNbyJ9/SwNFMZ6a1/C6tjG64f9Q4Lx3/YqhdvgeF"
    "NNaXqP1KLnqnxAGtVTzUdZ5ABTYNMQpK/BkNKHQJd4IWoAyDNouKMJcjXbgus73P9qr5QV"
    "yHNWVDBp0Giq+kiQ+oC1S2IUkS7eWrKT23iStst0DPXU2JNNy50W5xojYFu20uadrx1pT8"
    "45RK8m+0TLhfkr9i87pslrteZR6vyJRq12T+uuwR5Ju1VusYpfI7N5nLqoRpWsJUJUz32Y"
    "avzMsvYd1ShkdleFSGxwplY4TRKaNejORGUaEYv0J8+eQXDEiRoSky/ET6oYn8ErkwwhHb"
    "cWfUMv+A64/UWjCMXZma+pTMFhzLuRDJ+PyEmE0+BG2PYxlao4kux4DfbCLPp2JhFRoZJe"
    "Sn24yDP12mO64xJk+u6QnbZkmDn7Ly7dbKh1ytmmwTpWnhHnJSRh47yRfHTlLSWADYGnEs"
    "GaStm+WHpRA/LID8MI155RAtFZ5VMTxr3dCs7YRlNWg+b0Wjm1POn2CLrRyZlSJs4fzeSo"
    "6kbeoPlfNQIzTtM1VsfmekjyCYuNrCrbRUx6nah/O2zuqbA06VpnNI0EaMSyFcgG/q2CDH"
    "qnj4akDR5BW5czvs3+CJq72zi8FlUhHdpBKzOnIVcQnOW8XH4ymr4vGVjlnlHvUWGcnXRR"
    "xZ0TSaJ73T0eBncQ7u2WDY+3jeP6uHMRKegDVyFMicYBSV+OO/reaX9qiyLmWQtm+F2opQ"
    "oxwDuei3yjEwN9Zkc5xSsbnRbBbZ7ZZzb9rrpsZHiVWMQpN5PXNsb2otZSEu7feF42VsmU"
    "WVCHM6WCtIs2F83lGJzoivpBorkpT1Bcq+TnLg9T6gnnLI7sZ/+DNzzTtTF/HNp3Cpk+FL"
    "TLXpFvkVHyOtNcyhLO1k5OaXV4Z5b3oiE71L0LrHjC6ZwJwyiOcQSsTa7ucDzBcuLEiZns"
    "Sv6KlMQL/cYSLmXkmPPyMipQr337EjMMmmsoCn2NtgvblR9vzVZ1DePBEhajLOnZv+p8Fw"
    "1L/pkuvecPjL1c2ZdtOHxmix6F/0Buca4HL5qV+P1cJHLTBbBINDw0V8eHglOrxK5oympM"
    "036tPZfOI89Tw8cKjKiaVREpWSlCXIKqPQS9Ag9yslSWWsrJnLAK+2mK33NcdJlT2oaXxu"
    "iB7cA61Vn3ayqsrLO93CgvKrNs/pufmM3XBk6Us58+8rRYZ89fGRuTwzVTxf9o2QtFDyPT"
    "opkz8FrQpC7lIZVPhRVUDYb95CdLfjG3VsLzM5Lb9ce4RE1WuvWK99p5vZ3/8PTKKVvA=="
)
