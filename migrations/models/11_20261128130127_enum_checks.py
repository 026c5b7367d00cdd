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
    "eJztXWl32zbW/is4+tL2HMUTO3bSN/mk2Eqqqbex5HQ6zRwKImGLY4pUCcqOuvz3916A+2"
    "ZS0UIx+JLIJC4IPhcE7o4/OzPHYBY/OJ1S+5513pI/Ozad4Y/UnS7p0Pk8uo4XPDqxRFNd"
    "tBHX6IR7LtU9uHxHLc7gksG47ppzz3RsbNwjsjnxHPI0pR6hZMGZS5wnm3eJvZhNmMsMcu"
    "c6M3JInkxv6iyw0T2dH5CxafAxoS5QTxmBP4hzJ3uRnRoHOAjD0WEUpn2/pectbPP3BdM8"
    "555BMxee+ttvHXyIZhp4Xz6k89//wm/TNtgXwAra4J/zB+3OZJaRgF5Sieuat5yLa+/N+4"
    "HtfRBt8RUnmu5Yi5kdtZ8vYeh2SGDaHl69ZzZzqcfwCZ67YGI4luWzLuCRfIOoiRxljMZg"
    "d3RhIVuRWg4gutbRtMurkTbsjzStk2F5QBHjin9Jd2ycLjBULgAQU/DF/x0dvXr15ujlq9"
    "c/nhy/eXPy48sfoa0Yb/bWm7/lYCK0ZFcCs8HHweUIB+TAnJRzFS/8LWioRyWVYEaEvs+t"
    "WhyIaJ7nQoB5GRuCCxEfoq+pZYyIgH+At83Cfjpl+gMz+gBxBvaAIgU6vEpzQO/whT4llJ"
    "NhfzgcXF1qpz/1Lj/2z9ILVQEnZvSLZjH73pvCn6+OSkD+1LuBrm++f3X0Azn9qX/6M/n+"
    "s0Doc4cMLsn336UG8F2XBJeG2ln/vD+S1y7gWu9jX+udnSUuJBrd9K/Pf8VXHp3LCz/3fx"
    "3Ge/4wOO+n/456+OGH5GS49Ad/hKNPTQtYdbOz4p/Dq8uixZDnTAnD1D3yF7FMvo/fYwnX"
    "EQjsecb571Ycyu8vev9Oo3x6fvVegONw794VvYgO3qcg112G4GjUyyJ/Bnc8c8by0U9Spp"
    "ngkx4EP9bDim1uUSWcGA3gQxn1Lq4T7Djrjfp450hcXaaufv86xaKwE/LLYPQTwT/Jf64u"
    "+2muhe1G/+ngmOjCczTbedKoEQcyuBxcSnA5JqGkl1zq5rM3RtLkNbf6RrfS8lq+dqFYd/"
    "eQK1ogfFm4PzguM+/tn9lSgD6AEVJbZzkg+zL5rd/NnoH9dzCbgqvRt+vSp1AOjk8yeHd4"
    "Y+bJadkbnvbO+h2B8ITqD0/UNbQE1HjHOXJSV8K22Vuzo1n6CrXpvQAH3wLHHGlC3pBxLt"
    "86T1EKb5dqS1w2qq4uOfYjcznFK6CRTBk1AJ0xMblQSizKPTKDPmHUqJ3gNQ6Y6TAvyMSF"
    "mTR9R8xAYQEFxraWZAEzwAUlx3L0B7giiFznKVd72vLjc5SplN6U0K0APPOR+fsNXIK2v3"
    "Ue2BJv/7eWhlW86q1zwdutgrWB5a5MlfJMz2J1kA4JWri7HL18WQFvaFUIuLiXlNTm8Gk6"
    "Nq2DcYxkJZT9CdtMkA8rgXxYAvJhFmS+5B6baXPXmc1zJOIR+1JgFsgQtgHwMhG4/+9RuT"
    "ISSsDnV5cfg+ZpDSWJ/hR0Nsddav4mk6MMFppl8khXMtA0jAW+febo8PjN8Y+vXh+HZpnw"
    "Spk1Jmt5EVJKnTUkJGjDhN7CMg0SvbfImbllxq2IpsmbYad3Ohp86hPHJf3Ls22ZtSQ2gW"
    "FLDgGtTGIItaxLc9O2WZ693XEsRu2CLTQkSrFmAlTN4c06lvT3V1fniSX9/SC9Zt9evO/D"
    "nipAh0amV2Df9VWHOutMjKR9K8265O/YOi73OQBwYecIKoX7ZIauTV6Mte2SqOoGosQKpt"
    "Ec8jXYRxs2w9tkH02YFupwOkG4HRu4YvKKTN4vV4di84psXsyNFdmcpFRsbjSbfcNvDQkz"
    "olAC5vMCpnIZKpfhXroMU4vEGhD9WfayX+tDVTyjVTEBJzyeXN6en+/KBXshtadOjvs1uN"
    "Utc73G7cBVXK82dIFOTUp8p+13HOBi4lrQV57PtBLdZ/uzPXZcg7mhM9Vgc2/qh6K+I2OT"
    "a4ErdUxm1H2QrRybkTmFhh4GokqHq3gK4VPniR+QX6amxeDhLptbS+x7OLrp9y4Glx+7n2"
    "3T4+TJNT3mkvGT4z6IDwe6X3APCGz2RLCFxShnxLSDNnzcJdQ2CPecOTpxdUbG+FtzGUxs"
    "LgUk8R6ceTB0j32BP4EC3hHkZO7YAE4USSu8xtymcxixV9nt67+mPzNj6MjV1cAYW3T/zu"
    "ExtqelvcH4OzKqijfUFrZnWspRvGtHsWReBulCg1XYXhmqcgxVqS+jhmE7Rams29Wt266T"
    "H+pQ7OAJKJosFnduh/2bLukNhwPQzS5H6OcZ/joc9S+24+hBjAI3Dw4FnTzhYEQEsxhMLZ"
    "cP7k1ZThV78YP2TeZTY7331POoPp0xfHwG8+Io7hSZiub+imjuUP6qM+kTRG0wjWx74rfY"
    "5R+pE+T06uJapHR0Qcm4ur7GHx96g/P+Ge4UsEv2b25ur0e7iQsIx4kbRThSsWvIsYrEFD"
    "Fa/BUbba395M60TT7V5BdTj+EZ0gZ/aZ2n6VIob0KxJgw6N7bD1QRKEXOvrpFr5334In+S"
    "HAYGXo60D4PzkZQURiDeaae98/NhLYYy13Vc4JJRK3Y1SdVgRjbGmiwRm0WWm6qbU4awDW"
    "hve4NSQX+bjs0WYb+a5zwwu07UaoZOhaxm1W0dMLIYjqI+wLm0CuQsyJ7jUas+vmkyBW0W"
    "2oUIA+POwtVrmo3SlA1ejTvXN1efBmf9GxEePBwNLnpbUwXiMAUyYzAcESocDKeWaBh6TO"
    "psnAmiBrNrxc3z9XEF3rw+LkQZb6UiLWO+mQzOz0RZJklVhGWTw3UyHsS63M7tQPG8yTxX"
    "AZffBJulzWYlPqdI1efcZD6riMvN2siiWJYaECeIFMrPo5yMLKoKc5KqyS6bpka38qhgyl"
    "eGY6bKr+wZ7FXjMpMz7vlQV7kQrAHeWHjlfq0cVZFNLJkqhri9McRDRl19ir6lTk4Ycexu"
    "t7yIE7bTMDSoYjTxSMTpIhVWm3XcWRAg7HkWXPGdWW/J+M6xDCYLLGEkrvMEk+M7LuJ/RQ"
    "guXrSBnlrmH0CIQ8jGIG/0aRi5PPCQhBKBCHbuU3fJhOl0wcP4Y+jMdZ6wMUYde8zGy0KR"
    "E4WgPNPC8lBTyoPByUDjoBegxaK7n+3hv85Nj5EHxubohTZdIouu+iWlsHAvEBKYj+yeud"
    "BuWVybN8jCDWpEFRWXklHDf3aiqdWReOHlDvsyd4NaXv6si/Y1MT1Ev2Le+N/98Pb9cHQz"
    "uPzYEfQwZfCq/BRUKeDGlQL2mZ3hQLFnOqJohTi4dZ909GHWkMOTVK0AXiXy7SXEKpFvm4"
    "l8hZFDG1Rv9hXY5BrZpLqqQ2YbpxY1Z/nyeHDzGXHcNjQd21XN7QNJ0WCzuQMCqb5EaVEK"
    "yL4v6a2UXkFMJSA3yrS7O9PlHoiY/Im5KKM6KE+SOV1aDjWgPbDgzjL1HGF80w977vyJ2M"
    "M1VFwLZN64VIy5ckJ8V3VUG5Ael2ZgLcwzpC3cvTcTvye/Ng1002k963uSroV4rz/kY7/c"
    "wurIgdW8heGWUuNzitO08FNSut2+QryasSKHVEGu1OkGqNPxmal06qroVlGsM1uggrcCvP"
    "GNv0kGi19EOHcnx1rh3+mWmSr8ejoVzRRk7jo6cFrW+hF1e7jwq5mMd/FUOcux7/F/06/e"
    "w6PyPQfkvYNVgkDq5aLyzkTmb6KaOYH733Gi4wkseRWMtvXY58v+KNvDNhSxYtuDYO9Kil"
    "mSUsXrNloza1TKhdLA18rnjBi9m33zgyleN7Nriuule+YdtKi8Y2LjRPG9AzKAvWmy9Pz9"
    "SNTQm/yP6R4Zy//RMjrGaneimJ4HolgXf7pMVrozRazLTb939mveXrnZB4oygdz8g2miw7"
    "BWILVtZwGNDYI3yZOo+SddB/ADGl33L89EjQ4MpxGV/YHQQTbKDlB6hb3494XjUVlzEK7a"
    "BIff+2z7RTxEZxicYzvBK8S6Q7cEwHBAxuzL3IRZGhQBxP4ZtBOo+AMRfR0EpQFndEkmTM"
    "gRXcIdEcTz2Rbjh7dCbvrCB4eGcF/4PcyVawX6Lo2YPuTXWlG+jR37NsT/NYAO2rfQaHJ0"
    "clLFi3FyUuzFwHupIhtfPGbnB1mX1DKJE7UQ6cPXFYA+TO/TsUPiXmePXjFMKjGqgXOSqo"
    "1AH5VF5YVIH70phhrvpbI1wt0wi3VZcGSSrk2lQ7cSJxljwJQenbyuM9EjivalI63fGdri"
    "2nGhVCqkW6wLISXNtFy9TuGkqD6cPxasBiFGEysHV6v+GzWthVurgFWMpA3fw7bDhCMlqs"
    "4alKRq8lfSpCgYk2u+MXiVatIJUlVOuno56f2Kh2kKA/bCHJfUzgK7SV02Jym3UiRB2VxX"
    "Y/JWC45/46KByuRXUWb7DLEKedpmyJOqP7H++hO7cS5eM9uANzxjsrBrJ8fPmG7SLXM5Go"
    "4zAyFa6ozVk4p8H5nwXNmOdJ/ZjBmcUHtJZjCr3hKJmUGgydiGrV7z3CU6zqSnDhiF9+6B"
    "C356vHSDLXQd+8nNLtr8U9EL2cNW95hcD7IPF8eQ3TkuYVSfykcKEpMHj+pi5M/T1NSn7B"
    "GIdMp1arB3hDNG8A3+YTDdFOnz/3j58vDohctmziO1DmYGOlAJco9/tuF98JMWo4Tf/gyM"
    "ygx4U7YMvIn3OCYZbmRvIrxIZd6v16JcciBYYyw8DXLGbsS+Qz2PzeZ5p/MUTvU4SZu8KG"
    "sr7hxbX+uq9SlSFUzVNMW+IcFUH11nMc+TcuSNUtnmHptUlGlQW+Cwi8POO8VYJlhb+QGR"
    "V//ngLQQFN6BXsxHimQEz0DJyilf1ZOKE26Cclq2Y+82jqdBUB9W2qUPS3bpw5xdOvwmap"
    "9LlEPaBsPipn3wKdi0olpQlYHXvrI2VBr/Bk359aM/c2xvai3lISKaiFGtp44VdNCio0i2"
    "HPOjHJKtFWkTZv25sSKbk5SKzY1jc5M0lwuGtTs7RfqLf/t5LUabiZY1arD6BFNzLrMThH"
    "ERtA9KRIf5pVSrEOVWYZKDlEpF4JkoLjmqkhF2rMSoTa61q198k4t/lVW/qTiN8l6rAIEG"
    "BgjcB6a/r/RlhybEPYO7qhc7/ilXK4uyBlC/9bCL3QibeMJCjpDpH7xQLFyicbqi05/A1m"
    "8w2zOpJfzh6IO+mjO7N3iBB81Sz8QK+cw25g7AJ/zY4oHvyJgzoPU0zqjl1+Dv9Ycvjk5e"
    "v/h4etElE2eBrnlHpNOaRl7u8daeLQMAsHSpNNNLwRfJhDXfkJexsbiBRwhImfmAjHFuhG"
    "nBQnRGL4AvMZUk9SbydQUHs6Jz+C0r2fmbdgA0aqffiAsg8cFmgS4OJ84QtgLx7QcWCxSn"
    "Zt55SmWRxQmyVkCfnOxVbP/Fpv8cyz/sT3UQDglaiO1GIn4molyPWwvkOE0rcT7+sRLQxz"
    "+WII03M6c3wi/PN1Amwf7n8OoyH+wkVdqWZOoe+YtYJt/HSKsSkBGP8lU7vUB3k5Yh7CC9"
    "aiuD3kob6L4Z9JTX6ptgs0W5p4FOuAqj07TqWOkmc3onFvqG8VMZ6PcSYpXBt80Mvm37PB"
    "q2RqzP5bEb+/wQa18aQ+Y+MrfAVp9u0i0/CAybBRlAz1vvf8GUNWrMTJuTKX3EQ3M9DPEQ"
    "dTlFX9+JY23R8t3FiA+0sON5tqG52zTQlo4txwdEHrvrecAyTmCU1jIwocPemHMy2HYfL0"
    "uJ1rP7k6FoL1wHsH/jgbeipinykQTG+rdiXBOG1Tx5QCyOLFPB+43Zl7oltvsd25abuah+"
    "C6blhiG/UcvyTuyejQZ4U2bPLdvwG47xRo4m3LFduWGQb9usrOyNK22e+2CFakiU/Cm1rE"
    "6ONiSul6pAOrSoHrtEhRhPqIwL6oqzfjxxDIAOBE94IoDpiRMAGMwn4x3+5Sw8y3xk3FdT"
    "/IIc/kFYXREkhOpCQTz9Nh4qNB3/eOXghC4+7pLwWrQUjgUZ3OBzmMhMQxl5LFQc/PDfES"
    "zGJlUerHmwJAvbQh1o/MDYnKPiDQP3+BgeOQ7irMJYp9ubc/8EJXgVyh+wJkpGtTPvyNjk"
    "WqS5giI3jrxPojMBCVIK6CbsntrwwBHmtgVnMWSUMiTCa/KMBuzlAea5DTNNlGOh5A/mOk"
    "HNmIljLGVPzKh8xkLMUJP0luUctxDu8Pktk4WF8tukz6cGqErbx20eBU8Naybn38+/muR8"
    "ilqFoe1YlZ0vXNgGciPRiotnx4iabNfu3PSvz3/twqY3Ou9j7ewRbHHpBXadbIgqZ/sIBa"
    "WzxUCwXrYYivgBQ6lVNlsF+mxaSwj2ozogx2laifNmNN7EBp7F+7ky2UlaVSe7ep3s7GZc"
    "A/kssYK+OvRp+bqO3TiPthXLzbZtx1mFZhU2lFqGFCOqMEK3TFhENDPHGV282yaI2mf7PK"
    "5yntlx8XFmx5nTzIRGCQtGPaEmSdU+nF9Vkh5flUiPr7LSY7A21NNbk1Ttg/rwqIr8CK1K"
    "DjTLSI8qSnmlZXwfzMnfyLFew9vT0/5wiDaJ/s3N1c12jBLJ47z8MaAxQoyhljVCdlVQXK"
    "/4RMEkVYuqi62tFi5zXcetXbQwSdW+bWT90bwSMV+fqqMDZAjbgPb21TDffVT3rJ8MoUL/"
    "K9BHr8BK6AeECv366M9dZzb3ZKXNOmXkM3Rq+8wpuwkYyfNK6gOcS6tAzoK8EH5l7ixcva"
    "bjME3Z4PWjc31z9Wlw1r8RQvoQFBrQibZ07m4cpvD0XX84Ql4PhlNLZjcWriyvPKvzVaSo"
    "1AEWOR/Enelyf2WuB26WUK03WXhVduPm9aEoOqgqwhGFwrdC+EYUjVUD4ySVwrmCYWpXB5"
    "p+YzirbGiVDd3EzN29OM+0YWtFVWxLjjOFIZDL2/PzTt6mtwZ8L6Ke2oltcqevgG1u4Fxt"
    "XP0M8XZiGkmoFfBUlRG+rjJChOpuMoDkQRh4jFGn8JgMcbdb4ZQMbFjjkAxpLpRnXQT1fE"
    "VekcwXEQkoQTkC0bcoTnA7On1HxuJvkbViepwIgwC0mTE7p/7Bhp/17JEcgj5TVbhWCoc6"
    "ExjvbeNM4Fkw2+sEyIREKjam0bExRc6Nss/rK50aTWPnbs51U2ehqIM69k4223HVKjxioS"
    "hBO7xXKpY50Eqrn6m9AH655Ikuu8Q/7eFp6nD413Ef4AZmTBsmM94SkWGN4hPKRVgwypT5"
    "wxYz7rEHE+7bDPORMfv5SbbEKlGYiMQLk7a39XzM3x54BKEV5L4sOKNLkAfJvXywzBJnto"
    "FnTGD4jDZhd/AJhRndlDs2jD+67DKZRA0LG6CNB0+LbuHaZ9vXV+EdjLBvIXt2yTgRqSDE"
    "TRBJGQexAb65A9K7g77I2GDU0Cj+HhPbCTDRoSmMebLg/tEZxeddFCZYJ9OZM8nQKuVYpR"
    "xvLGpApRw3nUUrfhcq5VilHKuUY5VyvE/Qq5TjBsT7qpTjhjBCpRxnd1uVcqxSjlsGtUo5"
    "bs4yvm9uFRU9qKJh24SziureLL4qM2HzGO82X7Jpu+26c2t8H5JRiG9ZREEOcZtA3nJoQc"
    "wnV2Oap6jahP8aJ3nSt1kD3jxShXEOxpE7t66GlKTcjoa0Tf9qmxQklfaj0n6aGPr0bNrP"
    "biKfblFffb/QH5jXyQl+it/ulsU/yYIAE9GyRlw6X8z8SHHEJwwUF3E1GBQUnAIhnpiKHx"
    "cHL8BwyeEJmZn2wsuLc9rEQzCYCfs16FL0i8cvLAku/eQPeW7ePVBCL3yhT+GpEhV4LnwC"
    "rtclY3kBz4I4wHMnUJ8VQUjyQArYxGMjdBYedIHHBX62cZDQxzJ2fgSOHSjlfCo86SFxck"
    "P4dPwj0qZlaEQ6dP63WPN6cUkqjn69YnhxuFKCoXXkmgShMvw2Wq7ZuqGsaczcuMVXxZJt"
    "OJYsDI+uvlGEJG3SaLdstRH1IGviHtEo4FcG/hm7cBn+rTYNb5kNFSrulS5Bayu6p9ghBM"
    "uyIm9ljGhxnbcts0DZyJSNTNnIKtvIerrOOBeHc3ZybGTx290yGxkVDWO7SJU0wTlzuWNT"
    "i0hqWV1B2IhkQ35ArmxrKfLyhj/1XhydvEaDEPdgbhl5eX9f32GtTDeVy7bbXDbxfw2gg/"
    "YtXOUPKym1hyVK7WFWqZWlUaeU51SyKEY5SdW6af36uALQr48LccZbqaqJujPPSw/BM50L"
    "Yh5DirRl09Q98hexTL6PEmMJsIhFwpyZyUlIpx90k3ZK7CCTk6Diir8F8zL7MjehuxXYnK"
    "RcA5sbFj3YJi5blHsaiGarfM5pWsXpJnNaqfhKxVcqfmUVvz+jpgWfhi3scRkVP367W6bi"
    "M2yo6aJl9UpAormIULFRK3cWNkaLwNcOCwLvykAVDPZwLAMDVg4IRp9M4S/mIlVwyycQFW"
    "pcDEoRNXgmS0IJHryWWwRoS4/GkBlhVUCCwKrg02ODmIWB3NqeaZFxJFdg9Z2JYywJoM3E"
    "I6b0kaWfrUwTTVwwuyWmCWCeJj6YOmgniFq4Tx2dVNGdoVWx5/0koz2HoGl3+OnWmt55tJ"
    "vCfYezfRPpz7iy1TYNJYhat6qs3zKkDBTPCWWtUGgaZKBo2ELWJi4rtVWprUptray2DoFH"
    "g1yntH+nW6ascmijmVVd0Vc2I0jxAnMbbCMovIqF/O9A57uDVWAa1P4XORRYE820Fwxr+Z"
    "PvaeBopjPTWv6QVUbX3D9qnJeOfzHULt+CQproS9R+JRe9U+KA1ioe6jpPoAKbhhgFJf6M"
    "BhS6hDtBC1CGQZtFRZjLkS5cl9neZztqfpDUYU3ZkEGngeIraZID6gKVbUiSVHv5akrPbe"
    "IK2y3Rc6MpkYW7MNotSdSmYLf1JU073oqSf5JSSf6Nlgn3S/JXbF6VzXLXq83jiEypdk3m"
    "r8seQb5ZabVOUCq/c5O5rEqYZiVMVcJ0n234yrz8LaxbyvCoDI/K8FijbIwwOuXUi5HcKC"
    "sU41eIr578ggEpMjRFhp9IPzSRXyIXRjhiO+6MWuYfcP2RWguGsStTU5+S2YJjORciGV+c"
    "ELPOh6DtcSxDazTR5Rjwm03k+VQsrEIjo4T8dJtx8KfLdMc1xuTJNT1h26xo8FNWvt1a+Z"
    "CrdZNt4jQt3ENOqshjJ8Xi2ElGGgsAWyGOJYe0dbP8sBLihyWQH2Yxrx2ipcKzaoZnrRqa"
    "tZmwrAbN541odHPK+RNssbUjszKELZzfG8mRtE39oXYeaoymfaaK9e+M9BEEE1dbuLWW6i"
    "RV+3De1Fl9c8Cp1nQOCdqIcSWES/DNHBvkWDUPXw0omrwid26H/Rs8cbV3djG4TCui61Ri"
    "oiNXEZfgvFV8PJ6yKh5f65hV7lFvkZN8XcaRiKbRPOmdjgafxDm4Z4Nh7/15/2w7jJHwBK"
    "yRo0DmBKOoxR//bTW/tEeddSmHtH0r1EaEGuUYKES/VY6BubEim5OUis2NZrPIbrece9Ne"
    "NTU+TqxiFJrM65lje1NrKQtxab8vHC9nyyyrRFjQwUpBmg3j845KdMZ8JfVYkabcXqDsyz"
    "QHXu4D6hmH7G78h5+Ya96ZuohvPoVLnRxfYqZNt8yv+BhrrWEOZWUnIze/vDDMe9MTmehd"
    "gtY9ZnTJBOaUQTyHUCLWdj8fYL5wYUHK9SR+RU9VAvrlDhMz90p6/BkTKVW4/44dgWk2VQ"
    "U8w94G682NsudHn0F180SMqMk4d276HwfDUf+mS657w+EvVzdn2k0fGqPFon/RG5xrgMvl"
    "x/52rBY+aoHZIhgcGi6Sw8Mr8eHVMmc0JW2+UZ/O+hPnqefhgUN1TiyNk6iUpDxBVhmFvg"
    "UNcr9SklTGyoq5DPBqi9lqX3OSVNmDmsbnhujBPdBa9Wknr6q8vNMtLSgftXlOzy1m7Joj"
    "S7+VM/++UmQoVh8fmctzU8WLZd8YSQsl36OTKvlT0Kok5C6TQYUfVQ2E/eYtRHczvlHH9n"
    "KT04rLtcdIVL32mvXad7qZ/f3/7IuGww=="
)
