"""Add `email_changes`: the old addresses of accounts, and hashes of the codes that restore them."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "email_changes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "old_email" VARCHAR(254) NOT NULL,
    "old_email_folded" VARCHAR(300) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
) /* A change of an account's address, with the old one. The holder of the old address can revert it by a code. */;
CREATE INDEX IF NOT EXISTS "idx_email_chang_old_ema_ee45b1" ON "email_changes" ("old_email_folded");
CREATE INDEX IF NOT EXISTS "idx_email_chang_expires_23a219" ON "email_changes" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_email_chang_user_id_1f02ba" ON "email_changes" ("user_id");
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "email_changes" (
    "id" VARCHAR(32) NOT NULL PRIMARY KEY,
    "old_email" VARCHAR(254) NOT NULL,
    "old_email_folded" VARCHAR(300) NOT NULL,
    "code_hash" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "user_id" VARCHAR(32) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_email_chang_old_ema_ee45b1" ON "email_changes" ("old_email_folded");
CREATE INDEX IF NOT EXISTS "idx_email_chang_expires_23a219" ON "email_changes" ("expires_at");
CREATE INDEX IF NOT EXISTS "idx_email_chang_user_id_1f02ba" ON "email_changes" ("user_id");
COMMENT ON TABLE "email_changes" IS 'A change of an account''s address, with the old one. The holder of the old address can revert it by a code.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVl32ziy/is4ekn6HMUTO7aTmzwptjqtaS8ZS05PT3sORZGwxTFFqAkqinr577cKIM"
    "WdJhUtFI2XxAJRIPkVCNSOP1sTZlKbH5yNdeeBtt6TP1uOPsE/ElfapKVPp2E7Nnj6yBZd"
    "DdFHtOkj7rm64UHzvW5zCk0m5YZrTT2LOdi5Q2R34jEyH+se0cmMU5ewucPbxJlNRtSlJr"
    "l32YQckrnljdkMOz3o0wMytEw+JLoL1GNK4Adh93IUOah5gA9hMgOewnIetnS/mWP9PqOa"
    "xx4odHPhrr/91sKbaJaJ1+VNWv/9L/xtOSb9BlhBH/w5fdTuLWqbMegllWjXvMVUtH20Hn"
    "qO96Poi6840gxmzyZO2H+6gEd3lgSW42HrA3Woq3sU7+C5Myoex7Z91gU8km8QdpFPGaEx"
    "6b0+s5GtSC0fIGxradrV9UDrdwea1kqxPKCIcMVvMpiD0wUelQsAxBR89X9HR2/evD16/e"
    "b03cnx27cn716/g77iedOX3v4tHyZESw4lMOt96l0N8IEYzEk5V7Hhb0Gje7qkEswI0fe5"
    "VYkDIc3TXAgwL2JD0BDyIfyaGsaIEPhHeNs07LAAuV3AVwDfg8fUHYOmGBDQJuCHl6oP/C"
    "0+M8ZE56Tf7fd711fa2U+dq0/d8+SSlcOTif5Ns6nz4I3h55ujAri/dG5g6JuXb45+iGN+"
    "5V85Epfi6MPilgb/n/3rq7w1h2fgbVqGR/4itsX3cdoXQIpA4MgTzn+3o1C+vOz8O4ny2c"
    "X1RwEO496DK0YRA3xMQG64FMHRdC+N/Dlc8awJzUY/Tplkgk96EPyxHlZscyco4MSgd9nt"
    "DzqXn2PsOO8MunjlSLQuEq0vTxMsWg5CfukNfiL4k/zn+qqb5Nqy3+A/LXwmfeYxzWFzTT"
    "ejQAbNQVOMyxFBIL2yZbM3QlLnBa38frKBtQulp/vHzB0c4UvD/SNzqfXg/EwXqa0kAbIv"
    "+t76w+wZ2H8HsyloDb9dV58vxc3oJIN3hzemnpyWnf5Z57zbEgiPdONxrrumFoMar7Ajlm"
    "hZ9k1fmhxNki26oz8IcPAt8JlDhcPrU87lW2fpI8vLhUoJl53KayXM+UpdrmMLCP5jqpuA"
    "zpBYXMj+ts49MoEx4alRCcA2DpgZMC/IyIWZNP5ArEAvAD3BsRdkBjPABV3CZsYjtAgil8"
    "0zlZQt3z5DZ0moJzEVBsCzvlJ/v4Em6Ptb65Eu8PJ/Kyky+aveOhe83eoxGxHV8jUWz/Js"
    "WgXpJUEDd5ej169L4A29cgEX1+KS2hQ+TeboVTCOkKyEsj9h6wnyYSmQDwtAPkyDLBbxKh"
    "AvCZoH8EZmMQg83ixDyyunYofUdV41Wp2zQe9LlzCXdK/O66JcTy3HoVlWPcZsqjs5K8iS"
    "KAH4CKjqg/g6lLqP19cXMX3uYy9hLrq6vfzYhSVFgA6dLC/HiuRLTlXWkQhJ81aS9U9mXw"
    "wFAGdOhuUi10iaomuSrfTo8Pjt8bs3p8dLE+mypcgymp6/KOlrAVTVLUMZ5GswD9VshjfJ"
    "PBTTrKpwOka4HROgYvKKTN4vS69i84psnk3NFdkcp1RsrjWbfbtXBQkzpFAC5tMCpvKYKI"
    "/JXnpMEovEGhD9WY6yX+tDWTzDVTEGJ9yeXN1eXOzKA3UptadWhvcpuNQu8jz52ldpz5MD"
    "Q6BPRye+z+oFB7ioaAvGynIZlaK7c+6cIXNN6i59SSademM/4O0DGVpcCzxJQzLR3UfZiz"
    "mUTHXo6GG4m/Q3ibsQPmZzfkB+GVs2hZu7dGovcOz+4KbbuexdfWrfOZbHydy1POqS4Zy5"
    "j+LDgeFn3AMCh87J0KY6p9rM8Sx72Ca6YxLusSm6rgxKhvi35lKYz1zKReLxOfXgiT36DX"
    "4ixRCkY84cgGR45wRhesJXxh19Cg/qlXZ2+W/nT8gIKHJRNTGAD51eU7iN42lJHxj+HVpI"
    "I++m3GO7do9J5qWQzrVTLfsr+1SGfSrxZVSwZycolVG7vFHbZXkO3qf9NgFtneXi1m2/e9"
    "MmnX6/B8rZ1QDdN/1f+4PuZT38N7jjpPEfQGuOg93vX2fM16K6d/89iE3xVFjkUnO/uL76"
    "FHRPxkrGwdY9TzfGE4q3T2GeH5GaIFORqd8RmboUq6pM+hhRE+wc2574z8I/H2oJ5Oz68v"
    "NFd9A9b4PucP35M/7xY6d30T3H9R92we7Nze3nQV2c+PeWY/GxJqf5qlxKDVLjD6U1Hy+E"
    "RiWUXEJhcLMerKCuy1xA1awU9hanqjHwtbHESsQmodWj7F6QImwC2tveD1RA3KbDOl02mX"
    "qaxx6pk7Hv5loIUnQrWQrqhveaDQUGYGRTfIrqAGfSKpDTIHvM0+3q+CbJFLRpaGcihIqz"
    "mWusbHtJjlHjdbn1+eb6S++8eyNCZ/uD3mWnNpL30oNQZTOMEdUY+BU3xNPjEiifHueijJ"
    "cSkYcRp0UK5yeiDuOkKuKwzuErKddaVW5nDqB4XmeeqwDEZ8FmaV1aic8JUvU515nPKgJx"
    "w/layyCPChDHiBTKT6McD7kpC3Ocqs6+jrpGe/KwfsJ3hicmqjHsGexl4xTjM+7p0E+5EK"
    "wB3ki44X6tHGWRjS2ZKqa2uTG1faq7xhj9Ra2MsNrI1XZxTRfsp2F0Tcno2oGIW0UqrPHI"
    "3EkQMOt5NrT4Dqr3ZHjPbJPKeisYu8rmMDlecBEPKyJNsdEBet22/gBCfIR0TO5G74aRvD"
    "0PSXQiEMHBfeo2GVFDn/FlPC4M5rI5dsYoXI862CwUOVEXxrNsrBYz1nnwcDICNxgFaLHU"
    "5Z3T/9eF5VHySOkUPcGWS2SpQ7/CDJbLBEIC85E+UBf6LfIrYgZZqUHJmLxaMzKc9s9WOL"
    "VaEi9sbtFvUzco7ePPunBfE9NDjCvmjf/d928/9gc3vatPLUEPUwZb5aegCnDWrgCnz+wU"
    "B/K9zSFFI8TBrfuZww+zghwep2oE8CqxbS8hVolt20xsy40G2qB6s6/AxtfIOpVZ7FPHPL"
    "N1a5ItjwcXnxDHHVMzsF/ZXDeQFE06mTIQSI0FSotSQPZ9Se+l9ApiKgG5Uaah3Vsu90DE"
    "5HPqoozKUJ4kU31hM92E/sCCe9syMoTxTd/sqarvkZtrqLjmyLxRqRiTyIT4rsoq1iBvLM"
    "nASpinSBu4e28mJk9+bRropuNq1vc4XQPxXn/Ix365hVUF8tW8hcstpcLnFKVp4KekdLt9"
    "hXg1Y0UGqYJcqdM1UKejM1Pp1GXRLaNYp7ZABW8JeKMbf50MFj9aAtaUrUK0t4vMFPfQo3"
    "QxHuwcK6pzQHoeJ6OFR/nyIDg2+h81PDKU/6OGNySWPF+BezCl2vinS2UpG0v47G66nfNf"
    "s6r4bPaGovwPt/6gmhhwWQNIdxw2g84mwYtkLmr5SBMI/AGdPnevzkWSLroFRcVeIGTIRj"
    "kAfoUvOPl9xjxd1hKCVofg43fuHD+LVwyGTkaHBa8QGQ7NKwDDARnSb1ML5N2gyg+OT6Gf"
    "QMV/EDHWQVD7Z6IvyIgSmzkPbcKZcEbeOeL54a2Qm1zWLeLQEa4L+421cjEg3zQTWdf9ZG"
    "tlo9mxjUb8XwHooH8Dhb+jk5My1piTk3xrDF5LJAB/86iTHSxWkGcdJWog0oenJYA+TGr8"
    "kbMvTtMl1U1LlxhVwDlO1USgj4qiC5ZIH73NhxqvJaJOl7thGuuiII84XZNqg235nE8+1o"
    "9OTqtM9JCieWHV6zfqPosyMkv5VMi5mLMqZc6khL0bS9W9btkzt1LFjAhJEyb5tmOYQs2o"
    "ysISp6rzhK+Ti87i2tRlBuhIq9SAjJGqIpDli0Dul7OuLgzYO29daAypyuY45VYyOJVLdj"
    "Umb7Wg6DMXDVSaoXKB7zPEyh+7TX+sSo5df3LsbjyGn6ljwhueU1lJrpXhPEx2aRf5EU3G"
    "JiBES52xfMSz7/gS7iiHSZ+YQ6nJie4syARm1XsiMTMJdBk6sNVrnrtAb5h0vwGj8NoDcM"
    "HP3ZO+rZlh4DiZoc+bvyu6FjvY6wEz/0D24eLMkHvmEqobY3lLQWLx4FZtMlqgs9EY069A"
    "ZOjc0E36gXBKCb7BP0xqWCK37x+vXx8evXLphH3V7YOJiV5Rgtzjdw68D37S4inhb38Ghj"
    "mQ3pguAhfhAz7TSJSxdUq6/1RaYC3TAutj4amRh3Uj9h3d8+hkmlV9P3eqR0ma5BpZWzXJ"
    "yPpaVa1PkKpY67op9ikBfTfyzieXzaZZUo68UCjbPGCXkjINagscdnHYeccYoARrKz8gsv"
    "V/DKSFoCqAOKFYRzKCRdfTcsp3jbTmjVwF5zQsOKdGUB+W2qUPC3bpw4xdevlNVD4IIYO0"
    "CYbFTTvWE7BpeYUqSgOvfWfhiiT+NZry60d/whxvbC9k1XJNBJ5WU8dyBmhQ7fMtB/Ioh2"
    "RjRVp1qv2zYHOdNJdLioXFWnn6i3/5aS1Gm4ieFQrE+QRjaypTDoRxEbQPnYgBs+u8lSHK"
    "LBEhH1IqFYFnIr8emsow2LESoza5xq5+0U0u+lWW/aaiNMp7rQIEahgg8BCY/r7Tl700Ie"
    "4Z3GW92NFPuVzO9hpAfe5hF7sRNrH8c4aQ6VeFzhcu0Thd0ulPYOs3qeNZui384eiDvp5S"
    "p9N7hSfb6Z6F5XupY04ZwCf82OKGH8iQU6D1NE512y8Q3On2Xx2dnL76dHbZJiM2Q9c8Ez"
    "mylpmVULy1e8sAAKyrJs30UvBFMmHNN2UzdhYXsL6xlJkPyBDnxjLXV4jO6AXwJaaCTN1Y"
    "Eq7gYFp0Xn7LSnZ+1g6AWu30G3EBxD7YNND54cQpwkYgvv3AYoHi2Mo67KEosjhG1gjo45"
    "O9jO0/3/SfYfnf6jnI9cZ2IxE/I3F8o1sJ5ChNI3E+flcK6ON3BUjjxdTRUvCX5xso42D/"
    "s399lQ12nCppS7IMj/xFbIvvY6RVAciIR/GqnVyg23HLEA6QXLWVQW+lDXTfDHrKa/Us2G"
    "zr3NNAJ1yF0UladeZlnTm9Ewt9zfipDPR7CbHK4NtmBt+2fR41WyPW5/LYjX3+TLftVoaB"
    "XrS3iyz0BvQob6KHzmjM1qX5u708KA9raMIvrGbpH5FHgZHmB/zFZp5tfaXSbL3MO/OL0b"
    "aFLRwN6jlhI9u4qSj46R9xElTJ5UPRYdkcKpNDUWEUtaQP4pBBWXEUM3nwlEAbyMkQz/7j"
    "OJ3gOT0+xHKdvvNgKA8jREPAnXN7c9H2n9D9KmqDsjm8zD0ZWlyTbaJuKdCHepQYQbw1Ug"
    "p0RvRBdw7IAIM0g0qh+FA4S0jgCkAal2ImoCghiqM8gtzgwGQSiYU6+YO6LMh+HDFzIYei"
    "ZukSoJElJ673ZVQDXdqbsnvGU2Sz+ySPgQnP8czuH/16c+66LOSVfT27Nc7tBLVyqOzYoT"
    "KduSBW5/hUnq7tFiGvs6zWuul+vvi1DerE4KKLpd0GoDwkV9PdCMjKFL1pU3SwuVQBOUrT"
    "SJw3Y4qObcxpvJ8q5BanVZXcyldyS2+yFZBPEyvoy0OfFI3T4Od7zbNoG7HcbNtxnlZEVm"
    "FDoU9MMaIMIwzbgkVEszLMJfm7bYyoeVbV4zJl9I/zq+gfp4roC00RFoxqQk2cqnk4vykl"
    "Pb4pkB7fpKXHYG2oethdlKp5UB8elZEfoVdBHf2U9Kj86Cst4/vmdsurJq+djanxSE20Oq"
    "Q4vCdF5Pu3Z2fdfh9NDN2bm+ubTdoYyNlP3bOfycs7H5y7FuldkZcv/Gd40SYvxDO8+KGC"
    "OUIOlVP/If8kizhVgxLg11auiboucyvX1YhTNW8fWb89TSKWe/xhvhKQImwC2tvXw/gUno"
    "BqVctRpwgV+tXRn7psMvVkOZIqtfZSdGoBz6hNAhjJoq7VAc6kVSCnQZ4JlyVnM9dY2SeV"
    "HKPGK0nr8831l95590YIjH2QrkFAr8mJQ+bMlXWlJlVmeoJKVe7MmOT3lsv91bYauGlCtY"
    "ak4VVhnZtfHMJgkrIIhxQK3xJRAbHTyEuHBsSoFM4lzB27OsnlmeGswsBVGHgdQ5b34iCX"
    "mq0VZbEtOMcFHoFc3V5ctLI2vTXgexmO1Exs4zt9CWwz47Eq4+qXtGkmpqGEWgJPlRLyfS"
    "khIaq7yQmRFUCxfnMrtz6ouNouUR4UO1aoDipNgLLIZ1DISGSayPQCka+AhT+x0JIYu42/"
    "bgdnH8hQ/BZJDpbHiTAIQJ8JdbzsoqIbvNeTtUgFfaqcUqWIf3UYEl7bxmFIk2C2V4m7WB"
    "KpkItah1zkOSyKPq/vdFTUjZ27KWivisCqCqV7J5vtOF0Xa0vmpewurxWKZQx6adVzd2fA"
    "L5fM9UWb+GUu52PG4V/mPsIFzKE1LWq+JyLnVpxDCXKRy+YoMmG6qU1NPLlybsF1PBpTHn"
    "s5lz0JrOeY35J1uuZ2748ZvcHZl0juy4LR8y2DvGHqmFhcE4MytBG9h09omfmrc+bA84fN"
    "LpU5t7CwAdp44pYYFtruHF9fhXcwl2ML2bNNhrHoA5kB7BDKQWyAb+6AdO5hLDI0qW5qOv"
    "49xCM6fUwM6ArPPJpxv2ZofqHP3HzcePZrKndWZaiqDNXNr+4qQ7Wu26nKUFUZqipDVWWo"
    "7i/0KkO1BrG5KkO1JoxQGarp3VZlqKoM1YZBrTJU67OM75u7REUFqijXJuGsorU3i6/KON"
    "g8xrvNbazbbrvunBnfN2Tm4lsUKZBB3CSQtxwyEPG1VZjmCaom4b/GSR73WVaAN4tUYZyB"
    "ceimraohxSm3oyFt02/aJAVJpfOodJ46hjTV9IDgW9RXP86MR+q1MoKaopfbRXFNsrLBSP"
    "SsEG/OZxM/AhzxWQaAi3gZDPYJ6v2LOybiwkX9fXhccnhCJpYz87LilzZxEwxSwnFNfSHG"
    "xSr8C4JLP/kDxwNioIRR+MzAo4IlKnBf+ARcr02GsgGPBDjAIwdQnxXBRfIsAjzIOHxCNv"
    "NgCOjUvnPwIWGMReQYAXx2oJTzKbfgf6yA//Lu+CPUpmVoRPqE4bB7tXgjFR+/XjE8Pwwp"
    "xtAqck2MUBl+ay3XbN1QVjdmqliyfY8lW4Y9l98oliRN0mi3bLUR1QMr4h7SKOBXBv4Ju3"
    "AR/o02DW+ZDSWq4xUuQWsrkKfYIQTLouJtRYxocP22LbNA2ciUjUzZyErbyDqGQTkXhzS2"
    "Mmxk0cvtIhuZLjpGdpEy6X9T6nLm6DaR1LJqgrARyY78gFw79kLk2/V/6rw6OjlFgxD3YG"
    "6ZWfl83z9gpQw2laO22xw18X8FoIP+DVzlD0sptYcFSu1hWqmVJU/HOs+oUJGPcpyqcdP6"
    "9LgE0KfHuTjjpUQ1RINNs9JD8DjfnJjHJUXSsmkZHvmL2BbfR4mxAFjEImbOTOUkJNMP2n"
    "E7JQ6QyklQccXPwbxMv00tGG4FNscp18DmmkUPNonLts49DUSzVT7nJK3idJ05rVR8peIr"
    "Fb+0it+d6JYNn4Yj7HEpFT96uV2k4lPsqBmiZ/kKP6K7iFBxUCtnMwejReBrhwWBt2WgCg"
    "Z7MNvEgJUDgtEnY/hFXaQKLvkEovKMi0EporbOaEF0gsd0ZRb32dKtMWRGWBWQILAq+PTY"
    "IWJhILeOZ9lkGMoVWFVnxMwFAbSpuMVY/0qT91amiToumO0C0wQwTxMfTBW0Y0QN3KeOTs"
    "roztAr3/N+ktKel6Bp9/jpVpreWbSbwn2Hs30T6c+4slU2DcWIGreqrN8ypAwUTwlljVBo"
    "amSgqNlC1iQuK7VVqa1KbS2ttvaBR71Mp7R/pV2krHLoo1llXdHXDiVI8QpzGxwzKKiKBf"
    "rvQee7h1VgHNT0FzkUWBPNcmYUa/STl3rgaNYnlr34Ia2Mrnl81DivmN+41C7fg0IaG0vU"
    "dCWXnTPCQGsVN3XZHFRgyxRPoRN/RgMKbcJZ0AOUYdBmURHm8klnrksd784Jux/EdVhLdq"
    "QwaKD4Spr4A7WByjElSaK/fDWl59ZxhW0X6LnhlEjDnRvtFidqUrDb+pKmmbei5B+nVJJ/"
    "rWXC/ZL8FZtXZbPc9SrzOCRTql2d+evSryDfrLRaxyiV37nOXFYlTNMSpiphus82fGVefg"
    "7rljI8KsOjMjxWKBsjjE4Z9WIkN4oKxfgV4ssnv2BAigxNkeEn0g9N5JfIhRGOOMyd6Lb1"
    "B7R/1e0ZxdiVsWWMyWTGsZwLkYzPT4hZ503Q9jiUoTWaGHII+E1G8twpuqxCI6OE/HSbYf"
    "DTpQZzzSGZu5YnbJslDX7KyrdbKx9ytWqyTZSmgXvISRl57CRfHDtJSWMBYCvEsWSQNm6W"
    "H5ZC/LAA8sM05pVDtFR4VsXwrFVDszYTllWj+bwRjW6qcz6HLbZyZFaKsIHzeyM5ko5lPF"
    "bOQ43QNM9Usf6dUf8KgomrzdxKS3Wcqnk4b+qsvingVGk6LwmaiHEphAvwTR0bxOyVD1UN"
    "aOu8Nrdu+90bPEm1c37Zu0qqpNtUZyIJ1p7uzTISrMuhHlLXGvfO2aD3RZxhe97rdz5edM"
    "/rAb7/Appfm6PKwpJB2rwlZiNSibLs56LfKMv+1FyRzXFKxeZas1mkp9vswXJWzW2PEqsg"
    "gzrzesIcb2wvZCUt7fcZ8zK2zKJSgjkDrBRlWTM+76jGZsTZUY0VScrtRbq+TnLg9T6gnv"
    "Ko7sYB+IW61r1liADlM2hqZTgDU33aRY7Br5HeGiZBlvYScuvbK9N6sDyRSt4maJ6jZpuM"
    "YE6ZxGNEJ2Jt9wP6pzMXFqRMV+B3jFQmIl/uMBF7raTHPyMipYrX37EnL8mmsoCn2FtjVb"
    "hWBvnwM1jF9hAhrzPirZvup15/0L1pk8+dfv+X65tz7aYLndEc0b3s9C40QOjqU7ceJom6"
    "5K7XavqvP3td9zw89afKsaFREpUXlCWMKsPOc9AC9ysvSKWNrJhQAK82m6z2NcdJlU2nbn"
    "yuiS7bAc3TGLeySrvLK+3Cqu5hn6d01XzGrjm887kcvPedIkO+CviVujwzXztf9o2QNFDy"
    "PTopk8QEvQri3lJpTPhRVUDY795AdDfj32SOl5khll8zPUKiiqZXLJq+083s7/8HNiDdTA"
    "=="
)
