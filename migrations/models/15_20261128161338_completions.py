"""Allow completions for OpenAI clients in the ledger. PostgreSQL checks the rows that there are in the next migration.

So no table is locked for as long as its rows take. SQLite cannot change a CHECK: its tables are rebuilt.
"""

import re

from tortoise import BaseDBAsyncClient

TABLES = ("calls", "open_calls")
OLD_CHECK = """CHECK ("purpose" IN ('REPLY', 'TITLE', 'TEST'))"""
NEW_CHECK = """CHECK ("purpose" IN ('REPLY', 'TITLE', 'TEST', 'COMPLETION'))"""
PARTS = "SELECT sql FROM sqlite_master WHERE tbl_name = '{}' AND type IN ('index', 'trigger') AND sql IS NOT NULL"
POSTGRES = """
ALTER TABLE "{0}" DROP CONSTRAINT "{0}_purpose_check";
ALTER TABLE "{0}" ADD CONSTRAINT "{0}_purpose_check" {1} NOT VALID;
COMMENT ON COLUMN "{0}"."purpose" IS 'REPLY, TITLE, TEST or COMPLETION';
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    if db.capabilities.dialect == "sqlite":
        return "".join([await _rebuilt(db, table) for table in TABLES])
    return "".join(POSTGRES.format(table, NEW_CHECK) for table in TABLES)


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


async def _rebuilt(db: BaseDBAsyncClient, table: str) -> str:
    """Return the statements that build the table again with the new check."""
    [row] = await db.execute_query_dict(f"SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '{table}'")  # noqa: S608
    assert OLD_CHECK in row["sql"], table
    sql = row["sql"].replace(OLD_CHECK, NEW_CHECK)
    sql = re.sub(r'^CREATE TABLE (IF NOT EXISTS )?"?\w+"?', f'CREATE TABLE "{table}_checked"', sql)
    parts = "".join(f"{part['sql']};\n" for part in await db.execute_query_dict(PARTS.format(table)))
    return f"""{sql};
INSERT INTO "{table}_checked" SELECT * FROM "{table}";
DROP TABLE "{table}";
ALTER TABLE "{table}_checked" RENAME TO "{table}";
{parts}"""  # noqa: S608


MODELS_STATE = (
    "eJztXVt32za2/itYemm7luKJHTvtSZ4UW0019W0suZ1OM4uCSdjimCJVgrKjzvS/n70B3m"
    "8mFYmiGLwkMokNgt8GgX3Hf3tzx2AWPzidUfuB9d6R//ZsOscfqTt90qOLRXQdL3j0zhJN"
    "ddFGXKN33HOp7sHle2pxBpcMxnXXXHimY2PjAZHNieeQ5xn1CCVLzlziPNu8T+zl/I65zC"
    "D3rjMnh+TZ9GbOEhs90MUBmZoGnxLqAvWMEfiDOPeyF9mpcYCDMBwdRmHaDw09b2mbfyyZ"
    "5jkPDJq58NTff+/hQzTTwPvyIb1//xt+m7bBPgNW0Ab/XDxq9yazjAT0kkpc17zVQlz7YD"
    "6MbO9H0RZf8U7THWs5t6P2ixUM3Q4JTNvDqw/MZi71GD7Bc5dMDMeyfNYFPJJvEDWRo4zR"
    "GOyeLi1kK1LLAUTXepp2eTXRxsOJpvUyLA8oYlzxL+mOjdMFhsoFAGIKvvq/o6M3b74/ev"
    "3m7Q8nx99/f/LD6x+grRhv9tb3f8nBRGjJrgRmo4+jywkOyIE5KecqXvhL0FCPSirBjAh9"
    "n1u1OBDRvMyFAPMyNgQXIj5EX1PHGBEB/whvm4X9dMb0R2YMAeIM7AFFCnR4lfaA3uNLfU"
    "YoJ+PheDy6utROfxpcfhyepReqAk7M6WfNYvaDN4M/3xyVgPzL4Aa6vvn2zdF35PSn4enP"
    "5NtPAqFPPTK6JN9+kxrAN30SXBprZ8Pz4UReu4Brg49DbXB2lriQaHQzvD7/DV95ci4v/D"
    "z8bRzv+cfR+TD9d9TDd98lJ8OlP/gjHH1qWsCqm50Vfx9fXRYthjxnShim7pH/Ecvk+/g9"
    "lnAdgcCe55z/YcWh/PZi8M80yqfnVx8EOA73HlzRi+jgQwpy3WUIjka9LPJncMcz5ywf/S"
    "Rlmgk+6UHwYzOsaHKLKuHEZAQfymRwcZ1gx9lgMsQ7R+LqKnX127cpFoWdkF9Hk58I/kn+"
    "dXU5THMtbDf5Vw/HRJeeo9nOs0aNOJDB5eBSgssxCSW95FI3n70xkjavudU3urWW1/K1C8"
    "W6+8dc0QLhy8L9o+My88H+ma0E6CMYIbV1lgOyL5Pf+t3sGdh/BbMpuBp9uy59DuXg+CSD"
    "d4c3Zp6cloPx6eBs2BMI31H98Zm6hpaAGu84R07qStg2e2t+NE9foTZ9EODgW+CYI03IGz"
    "PO5VvnKUrh7VJtictG1dUlx35iLqd4BTSSGaMGoDMlJhdKiUW5R+bQJ4watRO8xgEzHeYF"
    "uXNhJs3eEzNQWECBsa0VWcIMcEHJsRz9Ea4IItd5ztWeGn58jjKV0psSuhWAZz4xf7+BS9"
    "D2994jW+Htf9fSsIpXvU0ueLtVsLaw3JWpUp7pWawO0iFBB3eXo9evK+ANrQoBF/eSktoC"
    "Pk3HpnUwjpGshbI/YdsJ8mElkA9LQD7MgsxX3GNzbeE680WORDxhnwvMAhnCLgBeJgIP/z"
    "kpV0ZCCfj86vJj0DytoSTRn4HO5rgrzd9kcpTBQrNMHulaBpqWscC3zxwdHn9//MObt8eh"
    "WSa8UmaNyVpehJRSZw0JCbowoRtYpkGi95Y5M7fMuBXRtHkz7A1OJ6NfhsRxyfDyrCmzls"
    "QmMGzJIaCVSQyhlnVpYdo2y7O3O47FqF2whYZEKdbcAVV7eLOJJf3D1dV5Ykn/MEqv2bcX"
    "H4awpwrQoZHpFdh3fdWhzjoTI+neSrMp+Tu2jst9DgBc2jmCSuE+maHrkhdjY7skqrqBKL"
    "GGaTSHfAP20ZbN8C7ZRxOmhTqcThA2YwNXTF6Tyfvl6lBsXpPNy4WxJpuTlIrNrWazb/it"
    "IWFGFErAfFnAVC5D5TLcS5dhapHYAKI/y172a32oime0KibghMeTy9vz8125YC+k9tTLcb"
    "8Gt/plrte4HbiK69WGLtCpSYnvtP2GA1xMXAv6yvOZVqL7ZH+yp45rMDd0phps4c38UNT3"
    "ZGpyLXClTsmcuo+ylWMzsqDQ0MNAVOlwFU8hfOY88wPy68y0GDzcZQtrhX2PJzfDwcXo8m"
    "P/k216nDy7psdcMn123Efx4UD3S+4Bgc2eCbawGOWMmHbQhk/7hNoG4Z6zQCeuzsgUf2su"
    "g4nNpYAk3oMzD4busc/wJ1DAO4KczB0bwIkiaYXXmNt0ASP2Krt9/df0Z2YMHbm6Ghhji+"
    "7fBTzG9rS0Nxh/R0ZV8Yba0vZMSzmKd+0olszLIF1osArbK0NVjqEq9WXUMGynKJV1u7p1"
    "23XyQx2KHTwBRZvF4t7teHjTJ4PxeAS62eUE/Tzj38aT4UUzjh7EKHDz4FDQyRMORkQwi8"
    "HUcvng3pTlVLEXP2jfZj611ntPPY/qsznDx2cwL47iTpGpaO4viOYO5a86kz5B1AXTSNMT"
    "v8Mu/0idIKdXF9cipaMPSsbV9TX++HEwOh+e4U4Bu+Tw5ub2erKbuIBwnLhRhCMVu4Ycq0"
    "hMEaPFX7HR1tpP7k3b5DNNfjH1GJ4hbfGX1nuerYTyJhRrwqBzoxmuJlCKmHt1jVw7H8IX"
    "+ZPkMDDwcqL9ODqfSElhAuKddjo4Px/XYihzXccFLhm1YleTVC1mZGusyRKxeWS5qbo5ZQ"
    "i7gHbTG5QE0WWeu9LovcdcUP1gSHnZdoV6eGkfKtJSRVo2HxAvYq01z3lkdp2ZnKFTszc7"
    "e3XAyGI4ivoA59IqkLMge45Hrfr4pskUtDnzl+ozZqwxd9N0CtwcA2hgMaiPbx6pgjgL8V"
    "LEjnJn6eo1bc1pyhZLE73rm6tfRmfDG5FTMJ6MLgaN2Q/iMAWKZjAckV8QDKeWPhmkIQF+"
    "tk7re2Vy6Rv0zYRX4kzMd5q3zCkTOrjriNwJohZ/KGuK3W+PK3wVb48L5zfeSgXGx1zpGZ"
    "xfCIpPkqqA+DZHV2YCPupyO7cDxfM281zFx38VbJYm9rX4nCJVn3Ob+awC5Lfr0ohCD2tA"
    "nCBSKL+McjIQtCrMSao2e9jbmozAo/pWXxg9n6qWtWewVw2jT864lzMT5EKwAXhj0fD7tX"
    "JURTaxZKqUj+6mfIwZdfUZhgL0crI+Ynf75TX3sJ2GkZwVkz8mIq0CqbA4uOPOg3wOz7Pg"
    "ih978I5M7x3LYLIeHiZOOM8wOb7hIl1DZEzgRRvoqWX+CYQ4hGzKyFafhokmIw9JKBGIYO"
    "c+dZ/cMZ0ueZguAp25zjM2xiQRj9l4WShyom6fZ1pYzW9GeTA4mRcS9AK0WCP9kz3+x7np"
    "MfLI2AKDhkyXyBrZfgVArLMOhATmI3tgLrRbFZdSD4omBCX9imoByiSP//aiqdWTeOHlHv"
    "u8cIPSi/6si/Y1MT1Ev2Le+N/9+PbDeHIzuvzYE/QwZfCq/BRU5fbWVW73mZ3hQHEgUUTR"
    "CXGw6RCi2IdZQw5PUnUCeJV3vZcQq7zrJvOuCwM9t6je7CuwyTWyTWWwx8w2Ti1qzvPl8e"
    "DmC+K4bWg6tquaig2SosHmCwcEUn2F0qIUkH1f0jspvYKYSkBulFnS96bLPRAx+TNzUUZ1"
    "UJ4kC7qyHGpAe2DBvWXqOcL4th/20nFBsYdrqLgWyLxxqRhTm4X4rspetyCbOc3AWphnSD"
    "u4e28n8ld+bRroprN61vckXQfx3nzIx365hdUJMet5C8MtpcbnFKfp4KekdLt9hXg9Y0UO"
    "qYJcqdMtUKfjM1Pp1FXRraJYZ7ZABW8FeOMbf5sMFr+KcO5ejrXCv9MvM1X45c8qminIwn"
    "V04LQszSbKrHHhVzMZ7+MhoJZjP+D/pl9sjUfV1g7IBweLuoHUy0WhtDuZbo9q5h3c/4YT"
    "HQ/Myis419RjX67SpmwPTShixbYHwd61FLMkpYrXbbVm1qqUC6WBb5TPGTF6N/vmj6Z43c"
    "yuKa6X7pn30KLyjomNE7VSD8gI9qa7lefvR6Lk6d1/mO6RqfwfLaNTLE4qap96IIr18afL"
    "ZGFSU8S63AwHZ7/l7ZXbfaCo6srNP5kmOgxLu1LbdpbQ2CB4kzyLEq3SdQA/oNH18PJMlF"
    "TCcBpxEAsQOshG2QFKr7AX/7F0PCpLxMJVm+DwB59sv+aS6AyDc2wneIVYd+iWABgOyJR9"
    "XpgwS4Oardg/g3YCFX8goq+DoJLrnK7IHRNyRJ9wRwTxfLLF+OGtkJu+8MGhIdwXfg9z7d"
    "Kuvksjpg/5pbGUb2PHvg3xfw2gg/YdNJocnZxU8WKcnBR7MfBeqirPZ4/Z+UHWJaWn4kQd"
    "RPrwbQWgD9P7dOxMz7fZk7IMk0qMauCcpOoi0EdlUXkh0kffF0ON91LZGuFumMW6LDgySd"
    "elSs+NxEnGGDCjRydv60z0iKJ76Uibd4Z2uNRnKJUK6RYrckhJMy1Xb1I4KSrn6Y8F63CI"
    "0cSqd9Yq10lNa+nWqjcYI+nC99B0mHCkRNVZg5JUbf5K2hQFY3LNNwavU/w/Qaqq/1cvNL"
    "Nf8TBtYcBemOOS2llgN6nL5iRlI0USlM11PSY3ej7EVy4aqEx+FWW2zxCrkKcmQ55U/YnN"
    "15/YjXPxmtkGvOEZkyWhezl+xnSTfpnL0XCcOQjRUmesnlTk+8iE58p2pPvMZszghNorMo"
    "dZ9Y5IzAwCTaY2bPWaKHbv+QciAqPw3gNwwU+Pl26wpa5jP7nZRdt/KnohB9jqAZPrQfbh"
    "4tTIe8cljOoz+UhBYvLgUX2M/HmemfqMPQGRTrlODfaecMYIvsHfDKabIn3+b69fHx69ct"
    "nceaLWwdxABypB7vFPNrwPftJilPDbn4FRmQFvxlaBN/EBxyTDjexthBepzPvNWpRLzm9s"
    "jYWnRc7Yrdh3qOex+SLvMLXCqR4n6ZIXZWNltWPra121PkWqgqnapti3JJjqo+ssF3lSjr"
    "xRKts8YJOKMg1qCxx2cdh5ZxjLBGsrPyDy6n8ckBaCwjvQi/lEkYzgkVVZOeWLelJxwm1Q"
    "Tst27N3G8bQI6sNKu/RhyS59mLNLh99E7WPkcki7YFjctg8+BZtWVAuqMvDaF9aGSuPfoi"
    "m/efTnju3NrJU8vkUTMar11LGCDjp0CEzDMT/KIdlZkTZh1l8Ya7I5SanY3Do2t0lzuWBY"
    "u7NXpL/4t1/WYrS5aFmjBqtPMDMXMjtBGBdB+6BEdJhfSrUKUW4VJjlIqVQEnonikqMqGW"
    "HHSoza5Dq7+sU3ufhXWfWbitMo77UKEGhhgMBDYPr7Ql92aELcM7irerHjn3K1sigbAPVr"
    "D7vYjbCJJyzkCJn+wQvFwiUapys6/Qls/QazPZNawh+OPuirBbMHo1d4RDX1TKyQz2xj4Q"
    "B8wo8tHvieTDkDWk/jjFp+Df7BcPzq6OTtq4+nF31y5yzRNe+IdFrTyMs9buzZMgAAS5dK"
    "M70UfJFMWPMNeRkbixt4hICUmQ/IFOdGmBYsRGf0AvgSU0lSbyJfV3AwKzqH37KSnb9qB0"
    "CrdvqtuAASH2wW6OJw4gxhJxBvPrBYoDgz885TKossTpB1AvrkZK9i+y82/edY/mF/qoNw"
    "SNBBbLcS8XMnyvW4tUCO03QS5+MfKgF9/EMJ0ngzc3oj/PJ8A2US7L+Pry7zwU5SpW1Jpu"
    "6R/xHL5PsYaVUCMuJRvmqnF+h+0jKEHaRXbXi8JyKq0A1YJ8YtS9gh1+HGAt24CZ+QzkC2"
    "gAcZdfDNoVQAZwHGmAGu8RX32ByTaeeLHOmjNAm3oIcGc3HDK3G887XpTawjG0zCnTFqwC"
    "q8hsydpexCzE3TMrdEUROZAHU20DTdF22h+8OD7eygyiX2NbjEVNzHV8Fmi3JPW/K1GJ2m"
    "baTmgOL0mpzeiY+7ZfxULu69hFjlwDeZA9901EDL1ojNBQ3sxsM9xurRxpi5T8wt8Hanm/"
    "TLj9LEZkEO7cv+718x6Zsac9PmZEaf8Nh5D4MkRWVr0dc34mB49B33MWYSfdR4InzoMDYN"
    "9EZjy+kBkQfXex6wjBMYpbUKnNCwN+acrdns42Ux7nqeczIW7YXzHfZvPDJeVAVHPpLA3f"
    "1OjOuOYT1sHhCLQz9V+ltr9qV+ifd7x97Zdi6qX4NztmXIb9U3uxPPYasB3pbjsGEveMsx"
    "3srhvjv2zLYM8qbNysreuNbmuQ9WqJbkmZ1Sy+rlaEPieqkKpEOL6tG/VIjxhMrI2r44Lc"
    "8TB+noQPCMZ+qYnjhDh8F8Mt7jX87Ss8wnxn01xS9p5R8l2RdhtqguFGSkNfFQoem4DD4I"
    "7gVnXPJpn4TXoqVwKsjgBl/ARGYayshToeLgh/+eYByFVHmwatCKLG0LdaDpI2MLrolAC5"
    "j5U3jkNIhUDqOFb2/O/TMI4VUof8SqYhnVzrwnUxN9rYHmCorcNPI+ic4EJEgpoLtjD9SG"
    "B04wuiM4zSijlCERXpOnHGEvjzDPbZhpoqAZJX8y1wmqrt05xkr2xIzKpxTFDDVJb1nOgU"
    "XhDp/fMlmaL79N7KxS8TdAVdo+bvMoeGp46kD+/fyrSc6nqFUg945V2cXShW0gN5a7+PiJ"
    "GFGb7dq9m+H1+W992PQm50P4DzY4PIPi9Ori+hx2SynobP8cCh+t4CAKMSg8fUIMS/yAge"
    "H/0cBqHUmhgmi3rT8EO1UdkOM0ncR5O7pwYmvP4v3SERRJWnUGRfXwt+w2XQP5LLGCvjr0"
    "acm7jkU5j7YTy03TVuWsqrMOG0ptRooRVRihWyYsIpqZ46Yu3m0TRN2zih5XOSv0uPio0O"
    "PMSaFC14QFo55Qk6TqHs5vKkmPb0qkxzdZ6TFYG+pptEmq7kF9eFRFfoRWJYeFZqRHFb+8"
    "1jK+D4bmr+TIzPHt6elwPEY7xfDm5uqmGRNF8qhMfwxokhBjqGWNkF0VFK4tzhBLUqnssK"
    "yWwFzXcWsXBE5SdW8b2Xycr0TM16fq6AAZwi6g3bT0L0F0mTgV4R4UqTXSTUv7UEtLngHC"
    "9+bVPbwwQ6im/DqWh5gvdS30A0KFfn30ZZZ0/ZoBGTq1sOTUEQeM5AFs6xRlyKFVIOeATP"
    "UZaK71AU7TKXDztkbKHRueWB/fPFIFcRbipQhT4c7S1WvGIaQpW7z/9a5vrn4ZnQ1vhGY/"
    "nowuBpPhWTPafRymQMcPhiOU/GA4tRR9Y+nK807mdT6KFJU6US6vDozpcl+yqAdullCtN1"
    "l4VbL09o0oUbBhVYQjCoVvhZivKLizBsZJKoVzBWt2ItC2eqpZnErhrIorqOIK7QJ7K8UV"
    "/M9+A6jCrPfGUW/7tVZUxTa5SibghSGQy9vz817eprcBfC+inrqJbXKnr4BtbrRtbVz9gh"
    "PdxDSSUCvgqQqtfFmhlQjV3SQUypPp8FzRXk5aYexuv8Kxddiwxql10lwoD58LDtgQaYoy"
    "/UzkswXVTUTfotbJ7eT0PZmKv0USnOlxIgwC0GbO7JxyKlt+1otn5An6zDEftTLCyk6FzZ"
    "UNcywg/rwsk1Z2mxLW4BGwxYli82C214mqC4lUQF2rA+qKfBtln9cXOjXaxs7dHLSsDids"
    "XvNVJ+d9oWy24yJ4eOZZUb2H8F6pWOZAK61+4Ycl8Mslz3TVJ/7xa88zh8O/jvsIN7AAg2"
    "Ey4x0RBRtQfEK5COvPmbIcgcWMB+zBhPs2w/IGWEzhWbbEonOYvcgLa0A09XwsBzHyiKio"
    "juS+LDinK5AHyYN8sCw6wWwDD30Tp2fcsXv4hMICEYHzO7zsMlmTARY2QJu5frdw7ZPt66"
    "vwDkbYt5A9+2SaiLQR4iaIpIyD2ADf3AEZYIQfmRqMGjLab0psJ8BEh6Yw5rsl98+yKz6A"
    "rrBeQ7I6Qqa2gqpgoCoYbC1qQFUwKNArVAUDVcFAVTDYE+BVBYOOQ68qGLQgkl1VMGgJI1"
    "QFg+xuqyoYqAoGHYNaVTBozzK+bw4XFVeo4mS7hLOK994uvipnYfsY7zYTuG277RZqDKBl"
    "qzhPtSzWIIe4SyA3HHQQ89bVmOYpqi7hv4Vs4drw5pEqjHMwjhy9dTWkJGUzGlKTntcuKU"
    "gqIUglBLUxKOrFhKDdxETdor76Yak/Mq+XExYVv90vi4ySpQLuRMsaEet8OfdjyBGfMIRc"
    "RNxguFBw3Ix4YiqyXJzwAsMlhydkbtpLLy8CahsPwTAn7NegK9EvnvOyIrj0kz/lAZ0PQA"
    "m98KU+g6dKVOC58Am4Xp9M5QU8dOYAD7hBfVaEJ8mTb2ATj43QWXrQBZ5L+snGQUIfq9hB"
    "NTh2oJTzqfBImcQRMeHT8Y9Im5ahEemg+t9jzetFLKkI+82K4cWBTAmG1pFrEoTK8Ntqua"
    "ZxQ1nbmLl1i6+KJdtyLFkYOF19owhJuqTRNmy1EVVNa+Ie0Sjg1wb+BbtwGf6dNg03zIYK"
    "tSRLl6CNlZNU7BCCZVn5tzJGdLgCXMMsUDYyZSNTNrLKNrKBrjPOxSnAvRwbWfx2v8xGRk"
    "XD2C5SJYFwwVzu2NQiklrWXRA2ItmQH5Ar21qJjL3xT4NXRydv0SDEPZhbRl5G4Jd3WCsH"
    "TmW57TbLTfxfA+igfQdX+cNKSu1hiVJ7mFVqZdHUGeU5NS6KUU5SdW5avz2uAPTb40Kc8V"
    "aqnqLuLPLSQ/Dw+IKYx5Aibdk0dY/8j1gm30eJsQRYxCJhzszkJKTTD/pJOyV2kMlJUHHF"
    "X4N5mX1emNDdGmxOUm6AzS2LHuwSly3KPQ1Es3U+5zSt4nSbOa1UfKXiKxW/soo/nFPTgk"
    "/DFva4jIofv90vU/EZNtR00bJ6jSDRXESo2KiVO0sbo0Xga4cFgfdloAoGeziWgQErBwSj"
    "T2bwF3ORKrjlE4jaNS4GpYjqPHcrQgme45hbHqihR2PIjLAqIEFgVfDpsUHMwkBubc+0yD"
    "SSK7Auz51jrAigzcQjZvSJpZ+tTBNtXDD7JaYJYJ4mPpg6aCeIOrhPHZ1U0Z2hVbHn/SSj"
    "PYegaff46daa3nm028J9h7N9G+nPuLLVNg0liDq3qmzeMqQMFC8JZZ1QaFpkoGjZQtYlLi"
    "u1VamtSm2trLaOgUejXKe0f6dfpqxyaKOZVV3RVzYjSPEKcxtsIyjJiiX+70Hnu4dVYBac"
    "CiByKLAmmmkvGVb5J9/SwNFM56a1+i6rjG64f9Q4Lx3/YqhdvgOFNNGXqApLLganxAGtVT"
    "zUdZ5BBTYNMQpK/BkNKPQJd4IWoAyDNouKMJcjXbous71PdtT8IKnDmrIhg04DxVfSJAfU"
    "ByrbkCSp9vLVlJ7bxhW2X6LnRlMiC3dhtFuSqEvBbptLmna8NSX/JKWS/FstE+6X5K/YvC"
    "6b5a5Xm8cRmVLt2sxflz2BfLPWap2gVH7nNnNZlTDNSpiqhOk+2/CVeflrWLeU4VEZHpXh"
    "sUbZGGF0yqkXI7lRVijGrxBfPfkFA1JkaIoMP5F+aCK/RC6McMR23Dm1zD/h+hO1lgxjV2"
    "amPiPzJcdyLkQyvjghZpMPQdvjVIbWaKLLKeA3v5MnV7GwCo2MEvLTbabBny7THdeYkmfX"
    "9IRts6LBT1n5dmvlQ67WTbaJ03RwDzmpIo+dFItjJxlpLABsjTiWHNLOzfLDSogflkB+mM"
    "W8doiWCs+qGZ61bmjWdsKyWjSft6LRLSjnz7DF1o7MyhB2cH5vJUfSNvXH2nmoMZrumSo2"
    "vzPSJxBMXG3p1lqqk1Tdw3lbZ/UtAKda0zkk6CLGlRAuwTdzbJBj1TyWNaBo84rcux0Pb/"
    "AU1sHZxaihA1gRl+D0VXw8nrUqHl/rmFXuUW+Zk3xdxpGIptU8GZxORr8MkStno/Hgw/nw"
    "rBnGSHgC1shRIHOCUdTij/+2ml/ao866lEPavRVqK0KNcgwUot8px8DCWJPNSUrF5lazWW"
    "S3W86Daa+bGh8nVjEKbeb13LG9mbWShbi0P5aOl7NlllUiLOhgrSDNlvF5RyU6Y76SeqxI"
    "UzYXKPs6zYHX+4B6xiG7G//hL8w1701dxDefwqVeji8x06Zf5ld8irXWMIeyspORm59fGe"
    "aD6YlM9D5B6x4z+uQO5pRBPIdQItZ2Px9gsXRhQcr1JH5BT1UC+uUOEzP3Snr8GRMpVbj/"
    "jh2BaTZVBTzD3hbrza2y50efQXXzRIyozTj3boYfR+PJ8KZPrgfj8a9XN2fazRAao8VieD"
    "EYnWuAy+XHYTNWCx+1wGwRDA4NF8nh4ZX48GqZM9qSNt+qT2fzifPU8/DAoTonlsZJVEpS"
    "niCrjEJfgwa5XylJKmNlzVwGeLXlfL2vOUmq7EFt43NL9OABaK36rJdXVV7e6ZcWlI/avK"
    "TnFjN2w5GlX8uZf18oMhSrj0/M5bmp4sWyb4ykg5Lv0UmV/CloVRJyl8mgwo+qBsJ+8w6i"
    "ux3fqGN7uclpxeXaYySqXnvNeu073cz++n+xkRPQ"
)
