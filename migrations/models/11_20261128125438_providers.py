"""What providers tell and ask: cached and reasoning tokens, times to wait, cut histories; contexts and headers of keys."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
ALTER TABLE "messages" ADD "reasoning_tokens" INT;
ALTER TABLE "messages" ADD "error_retry_after_seconds" INT;
ALTER TABLE "messages" ADD "cached_tokens" INT;
ALTER TABLE "messages" ADD "history_truncated" INT NOT NULL DEFAULT 0;
ALTER TABLE "keys" ADD "folds_system_prompt" INT NOT NULL DEFAULT 0;
ALTER TABLE "keys" ADD "headers_sealed" TEXT;
ALTER TABLE "keys" ADD "context_tokens" INT;
ALTER TABLE "keys" ADD "header_names" JSON;
ALTER TABLE "calls" ADD "reasoning_tokens" INT;
ALTER TABLE "calls" ADD "error_retry_after_seconds" INT;
ALTER TABLE "calls" ADD "cached_tokens" INT;
""",
    "postgres": """
ALTER TABLE "messages" ADD "reasoning_tokens" INT;
ALTER TABLE "messages" ADD "error_retry_after_seconds" INT;
ALTER TABLE "messages" ADD "cached_tokens" INT;
ALTER TABLE "messages" ADD "history_truncated" BOOL NOT NULL DEFAULT False;
ALTER TABLE "keys" ADD "folds_system_prompt" BOOL NOT NULL DEFAULT False;
ALTER TABLE "keys" ADD "headers_sealed" TEXT;
ALTER TABLE "keys" ADD "context_tokens" INT;
ALTER TABLE "keys" ADD "header_names" JSONB;
ALTER TABLE "calls" ADD "reasoning_tokens" INT;
ALTER TABLE "calls" ADD "error_retry_after_seconds" INT;
ALTER TABLE "calls" ADD "cached_tokens" INT;
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXWt32zbS/is4+pL0HMUbO3baN/mk2GqqrS9ZS0632+yhIBK2uKZIlYDsqJf//s4ApM"
    "S7SUUXisaXNiYxIPUMCMx9/mxNPIs5/OB0TN071npH/my5dIL/SNxpkxadTpfX8YKgI0cO"
    "NeUYeY2OuPCpKeDyLXU4g0sW46ZvT4XtuTi4Q9RwIjzyOKaCUDLjzCfeo8vbxJ1NRsxnFr"
    "n1vQk5JI+2GHszHHRHpwdkaFt8SKgP1GNG4A/i3apZ1KTWAb6E5ZnwFrZ7t6XnzVz79xkz"
    "hHfHYJgPT/3ttxY+xLAtvK8e0vrvf+Hftmuxr4AVjME/p/fGrc0cKwa9opLXDTGfymsf7L"
    "ueK36UY/EnjgzTc2YTdzl+OodXdxcEtivw6h1zmU8FwycIf8bk6zhOwLqQR+oXLIeot4zQ"
    "WOyWzhxkK1KrF1heaxnG5dXA6HcHhtFKsTykiHAluGR6Li4XeFUuAZBL8NX/HR29efP90e"
    "s3b384Of7++5MfXv8AY+X7pm99/7d6mSVaaiqJWe9j73KAL+TBmlRrFS/8LWmooIpKMmOJ"
    "fsCtShxY0jzNhRDzIjaEF5Z8WH5NDWPEEvh7+LVp2GED8ruArwS+B69JXZOlGBDSJuCHH1"
    "Uf+Ft8Zo4J5aTf7fd7V5fG6U+dy4/ds+SWlcOTCf1qOMy9E2P4881RAdyfO9cw9fXLN0ff"
    "xTG/DO4cyVtx9GFzS4P/z/7VZd6ewzPwtmxTkL+IY/N9XPYFkCIQOPOE89+dKJQvLzr/Tq"
    "J8en71QYLjcXHny1nkBB8SkJs+Q3AMKtLIn8EdYU9YNvpxyiQTAtKD8B/rYcU2T4ICTgx6"
    "F93+oHPxKcaOs86gi3eO5NV54urLtwkWLSYhv/QGPxH8k/zn6rKb5Npi3OA/LXwnOhOe4X"
    "qPBrWiQIaXw0sxLkcEgfTOls3eCEmdN7Ty58kG9i6Unm7vM09whC8N94+ez+w792c2Tx0l"
    "CZAD0fcmmGbPwP47XE3h1eW369PHhbgZXWTw2+EXM6GWZad/2jnrtiTCI2reP1LfMmJQ4x"
    "3vyEtcWYxN35ocTZJXqEvvJDj4K/CdlwqH6DPO1a/O0kcWtwuVEq4GlddKPPeB+ZziFRD8"
    "x4xagM6Q2FzK/g7lgkxgTnhrVALwGgfMTFgXZOTDShq/J3aoF4Ce4DpzMoMV4IMu4XjmPV"
    "yRRL73mKmkbPnxGTpLQj2JqTAAnv3AgvMGLsHY31r3bI63/1tJkcnf9da54e1Wj9mIqJav"
    "sQhbOKwK0guCBp4uR69fl8AbRuUCLu/FJbUpfJqeS6tgHCFZCeVgwdYT5MNSIB8WgHyYBp"
    "nPuWATY+p7k2mGRDxgX3O07xRhEwAvEoG7/x4UKyMLCfj86vJjODypocTRH4PO5vlzIzhk"
    "MpTBXOtHFulKdpCasSAwgxwdHn9//MObt8cL68fiSpHRI23gkFJKlT1kQdCEBb2FbRokej"
    "HLWLnlbEhL6jofi63O6aD3uUs8n3Qvz+piPZrarsuyzNae5zDq5hyRC6IE4COgqg/i69iy"
    "P1xdnce27A+95J58c/GhC2emBB0G2SLHTBqoBlX2kQhJ83aS9S/m4BwDAGduhiCSew6m6J"
    "rkDFjbKYiqbCgqrGD6zCBfg/2zZiu8SfbPmOmgCqdjhNuxcWsmr8jk/XJlaDavyObZ1FqR"
    "zXFKzeZaszkw7FaQMJcUWsB8WsDULkHtEtxLl2Bik1gDoj+rWfZrfyiL53JXjMEJjyeXN+"
    "fnu3KxXijtqZXhXg1vtYtcq1E7bxnXqgtToNOSksAp+4IDXExeC+fK8omWovvifnGHnm8x"
    "f+EstdhUjIOIzvdkaHMjdJUOyYT692qU5zIypTBQYDyncqjKpxA+9h75AfllbDsMHu6zqT"
    "PHufuD627nonf5sf3FtQUnj74tmE+Gj55/Lz8cmH7GBRC47JHgCIdRzojthmP4sE2oaxEu"
    "vCk6aU1Ghvhvw2ewsLkSkOTv4EzAqwv2Ff4ECviNICdzzwVwlgGp0ivMXTqFNxal3brBzw"
    "xWZgQdtbtaGKqK7t0pPMYVRtLbi/9emkrlLzRmrrAd7QjetSNYMS+FdK7BajFeG6oyDFWJ"
    "L6OCYTtBqa3b5a3bvpcXyvC0AyekrbOA3Lrpd6/bpNPv90BLuxygH6f/a3/QvaiHIwdPnD"
    "T++b73cHydMa+tz50KQc3xhOHjU5jnx14nyHQM9jfEYC+kqiqLPkbUBIPHthf+s3DUL9UF"
    "cnp18em8O+ietUGJuPr0Cf/xY6d33j3D/R9Owe719c2nQV28+be2a/OxoZb5qlxKTVLjD6"
    "X1OJ5LjUpqu4TB5FY9WMF83/MBVatSgGecqsbA18YkqxCbLM0fZc+CFGET0N72eaBA9Jnw"
    "5wa9FcwH/QleKSslLVeZLZxDhyPqcMTtR43LgGRDePfMrbKSU3R69aZXrwkYOQzfojrAmb"
    "Qa5DTIwhPUqY5vkkxDm7F+QYVn1gprN0mnwc2wIoYKenV8s0g1xGmIZzIAk3sz31zZYJuc"
    "o8ZyRevT9dXn3ln3Wgbe9we9i05t1PUw/waQcE1a3V2RSb9Fp8XiSpQd2d7kmnkrFp7fKm"
    "J0jKjGS35FUfrtcYn1/fY4d33jrUTEeMTHnML5iWjxOKmOFK9z2GEqEqIqtzMn0DyvM891"
    "4PizYLNyBqzE5wSp/pzrzGcdOb7hPNtFTF4FiGNEGuWnUY5HSJaFOU5VZ9d0XaP0+bKw0z"
    "eGlSfKRO0Z7GXjy+Mr7umQfbURrAHeSJj4fu0cZZGNbZk6F6K5uRB9Rn1zjO79VkY6RORu"
    "u7jYHI4zMBiyZFbEQOYbIBUWn/b8SZjoIIQDV4J4gndkeOs5FlOF4DCjwHuExfGCyzwGmU"
    "qAF12gp479BxDiK6RzKTb6NMzA6AkkoUQigpMH1G0yYiad8UUeBUzme484GLMnBHPxslTk"
    "ZME6YTtYxm5MefhyKmEinAVosQb3F7f/r3NbMHLP2BQDd2yfqBrMQek7rOMNhATWI7tjPo"
    "yb55fqDqsJhLXs8orgqeyHP1vLpdVSeOHlFvs69cOag8GqW55rcnnIeeW6Cb77/s2H/uC6"
    "d/mxJelhyeBV9SnoyuC1qwweMDvFgfzgoCVFI8TBbYcFRT7MCnJ4nKoRwOuE5L2EWCckbz"
    "MhOTd4c4Pqzb4CG98j61T/uc9c69Sh9iRbHg9vPiGOu5Zh4riyOcogKVpsMvVAIDXnKC0q"
    "ATnwJb1T0iuIqQTkRpU+fGv7XICIyR+ZjzKqh/IkmdK541ELxgMLbh3bzBDGN/2wp9rRRB"
    "5uoOKaI/NGpWLM+ZXiu673XIM03yQDK2GeIm3g6b2ZaF71tRmgm46rWd/jdA3Ee/0hH/vl"
    "FtatUVbzFi6OlAqfU5SmgZ+S1u32FeLVjBUZpBpyrU7XQJ2OrkytU5dFt4xinToCNbwl4I"
    "0e/HUyWPwiw7lbGdaK4E67yFQR1AUraaYgU98zgdOqZpmsP8alX81mvI2tJR3PvcP/20EV"
    "Mr4sQ3ZAPnhY7QykXi4riI1UyjuqmSO4/4ITEztFZVVi29Zjny5fpm0P21DE8m0Pkr0rKW"
    "ZxSh2vW2vNrFYpF1oDXyufU2L0bs7NH235c1OnprxeeGbewojSJyYOjhURPSA9OJtGcxGc"
    "R7IW6Oh/zBRkqP6PltEhVu2URUEFiGJt/KfPVMVOW8a6XHc7Z79mnZWbfaAsd8rtP5ghJ1"
    "zUPKWu681gsEXwJnmUtUuV6wD+AYM+dS/PZC0iDKeRHUqA0EM2qglQeoWz+PeZJ6iqnQpX"
    "XYKv3/niBsWK5GQYnON64U+ITIduCYDhgAzZ16kNqzQsZorzMxgnUQleRM51EJY4ndA5GT"
    "EpR7QJ92QQzxdXvj/8KuRmIHxwGAj3pd/DXrnmaeDSiOhDQU0p7dvYsW9D/r8C0OH4BhpN"
    "jk5OyngxTk7yvRh4L1Fp56tgbnaQdUE5qShRA5E+fFsC6MPkOR1pZvk23ULKsqnCqALOca"
    "omAn1UFJW3QPro+3yo8V4iW2NxGqaxLgqOjNM1qQTyVuIkIwwY06OTt1UW+pKieelI63eG"
    "PotqmQv5VMq5WGVDyZxJCXs3Hp5bajszv1JhwAhJExb5tmN/l5pRlY0lTlXnBV+n0BabG4"
    "GFd5VS9zFSXeu+fPWY/QpyqQsD9sLGFle5QmNIVTbHKbdS+UAbUldj8lb7Jjxz0UCn5+vQ"
    "sX2GWMcxbTOOSReVWH9Rid14DD8x14JfeMZU7eZWhvMwOaRd5Ee0PG8CQrTSGctnCgWOL+"
    "mOcj3lE3MZszih7pxMYFW9Iwozi8CQoQtHvSGr0oug/R8wCu/dAReCnHfl25qZJs6TmTK0"
    "+aeia7GDo+4wYx5kHy57JN56PmHUHKtHShKbh49qYzjP49g2x+wBiEzKTWqx94QzRvAX/M"
    "Nipi1z4v/x+vXh0SufTbwH6hxMLPSKEuQe/+LC78FPWr4l/DtYgcvaAWLM5qGL8A7fScUQ"
    "uZuIGdLp9Os1Exd0K6yNhadGHtaN2HeoEGwyzWoylrvUoyRNco2srf51ZH+tqtYnSHWEVN"
    "0U+5pESH30vdk0S8pRNwplmzscUlKmQW2BwykOJ+8YA5Rgb+UHRF39nwfSQlhNB2axHyiS"
    "EewtlZZTvmkmHfxbB+W06MTebXBOjaA+LHVKHxac0ocZp/Tim6jc7y2DtAmGxU071hOwGX"
    "kFnkoDb3xjwack/jVa8utHf+K5YuzMVZ8VQwaeVlPHciZoULeWLQfyaIdkY0XamFl/aq3I"
    "5jilZnPt2FwnzeWCYUHOVp7+Etx+WosxJnJkhcKqAcHYnqqUA2lcBO2DEjlhdn3UMkSZpZ"
    "XUSyqlIvRM5NcR1RkGO1Zi9CHX2N0veshFv8qy31SURnuvdYBADQME7kLT3zf6shcmxD2D"
    "u6wXO/opl6t1sgZQn3vYxW6ETWybkCFkBt0U8oVLNE6XdPoTOPot5gqbOtIfjj7oqylzO7"
    "1X2EuaChvL3jPXmnoAn/Rjywe+J0POgFYYnFEnKKzf6fZfHZ28ffXx9KJNRt4MXfOezJG1"
    "rayE4q09WwUAYD1SZaZXgi+SSWu+pS7jYHkD+wIomfmADHFtLHJ9peiMXoBAYirI1I0l4U"
    "oOpkXnxbesZedn7QCo1Um/ERdA7INNA50fTpwibATi2w8sliiO7awmSUWRxTGyRkAfX+xl"
    "bP/5pv8Myz+cT1UQXhA0ENuNRPyMZA0evxLIUZpG4nz8Qymgj38oQBpvploywr9EYKCMg/"
    "3P/tVlNthxqqQtyTYF+Ys4Nt/HSKsCkBGP4l07uUG345YhnCC5a8PjhYyoQjdglRi3NGGD"
    "XIdrC3RDlzY3+JwLNsFcz8k043AszBHNmWGLqaKLK1G8s5W9dSzzNeaIjhm1YJNYQSRMUz"
    "YhJGTbIqFC0ZCB6lX29yTdN+3w+8ODzWzw2mPzHDw2OizhWbDZoVwYM74So5O0W0mJ15xe"
    "kdM7ccHWjJ/aA7uXEOsU7W2maG/bqV2zPWJ9Pu3dOGD7WLHY6jP/gfk5ztjkkHZx+0YcFq"
    "Z4Pu2e/QVzkqk1sV1OxvQBW50LjOGT1ZTlXC9kM3J0bbYxpA9dqNiFfOHPtC10luLI4QFR"
    "zdKFAJZxAm/pzEMfKZyNGf0ct/t4VQC6mmOX9OV46RuG8xvblMtK1MhHEnpj38n3GjGswc"
    "xDYtloUmdn1eZcahc4Z3fsPKznpvocfIc1Q36jrsOdOLZqDfCm/FpbdtLWHOONNJTdseOw"
    "ZpBv26ys7Y0rHZ77YIWqSRrUKXWcVoY2JK8XqkAmjCgfnEqlGE+oCvxsyw5tQjZvMYHgEf"
    "u42EL2bWGwnqz3+Jc3E479wHigpgQVl4L2hW0ZBYrqQk7C1DYeKjUdn8EHwUXYV5EP22Rx"
    "bbkVDiUZ3OBTWMjMQBl5KFUc/PDfE3TzK5UHi9rMycx1UAca3jM25YaMA4CVP4RHDsNA2k"
    "Uw6831edD3Dn4K5fdY9Cql2tm3ZGijrzXUXEGRGy69T3IyCQlSSuhG7I668MABBh+EHXRS"
    "ShkS4TXVWQdnuYd17sJKk/W2KPmD+V5YFGzkWXM1E7NKd8aJGGri3rKMJjmLEz57ZLxyXP"
    "aYSH9M+TdAVTg+avPIeeqivn32/eyrcc4nqHWc8Y5V2enMh2MgJ9T46ZYHEfI6W7hb191P"
    "57+24fgbnHex48EADrvkVrsbt4KO0Ny09B+eM1VAjtI0EufNaLKxgzmN91P9DeK0usFB+e"
    "C19CFbAfk0sYa+PPRJubmKPTiLthHbzbZtwmlFZRU2FFp8NCPKMMJ0bNhEDDvDyZx/2saI"
    "mmfTPC7TXfI4v7nkcaq3pNQUYcOoJtTEqZqH85tS0uObAunxTVp6DPeGavponKp5UB8elZ"
    "EfYVRBe8mU9Kijj1faxvfBTFymyaJxOmbmPbPQ6pDi8J70VuzfnJ52+300MXSvr6+uN2lj"
    "IKc/dU9/Ji+/BOB8aZHeJXn5IniHF23yQr7Di+8qmCPUVDllUfMbvMapdHJXWk1gvu/5lc"
    "vNxqmad46s356mEAsUqipKQIqwCWhvW/xXIPpM1ty/BU3K4AxeyaqSLFo4h95asiwQgTOu"
    "amu8FKFe8quYHiKu0JXQDwk1+tXRV0nO1TPSU3R6Y8moUg0YqfZeq6T8Z9BqkDNApuYYVN"
    "fqACfpNLhZRyPlngtPrI5vFqmGOA3xTEaZcG/mmyuHESTnqPFJ2Pp0ffW5d9a9ljp+f9C7"
    "6Ay6Z5vU88vrPtbMVx0yJlUWeoJK9yDLKs1i+zyQFqqBmybUe0gaXp2/vPnNYRn/VxbhJY"
    "XGt0Qg1zLesgLGcSqNcwkL9a560j8znHW9A13vYAeWo2a0pK/ZXlEW24KO9PAK5PLm/LyV"
    "deitAd+L5UzNxDZ+0pfANjOEtjKuQQ2IZmK6lFBL4Klrn3xb7ZMlqrvJ8VO9zLATZSsj0y"
    "9yt12i0RkOrNDnTJkAVbuysCWDzBxUGWEyxSwsOCLnluVHbgan78lQ/i3z0mzBiTQIwJgJ"
    "czMqnGz4WU92VZP0qcYQlZK0ivqIZsqGGRaQYF0WSSu7zdLaYtPQ/NytSbjaq4TKLYh0lF"
    "yto+Ty/BVFn9c3Oirqxs7dtObV7ey2r/nqXmvfKJvtuC4ddsnKK8GwuFcolnkwyqhei2EG"
    "/PLJI523SdCw63Hscfiv59/DDayJYNnMekdkDQUUn1AuwpJwtqoQ4DDrDmew4b7LsOIA1j"
    "d4VCOxDhymJPLcsgzbej5WaOgJIoucI3kgC07oHORBcqcerOpAMNfCNmGy38KI3cIntKjZ"
    "EDq0F5d9psokwMYGaDM/mBaufXEDfRV+g7WYW8qebTKMRc9IcRNEUsZBbIBv7oB0MGqPDC"
    "1GLRXBNySuF2JiwlB459GMB93P8luW5ZZQiBcsSJU70EUFdFGBze/uuqhAXY9TXVRAFxXQ"
    "RQV0UYH9hV4XFahBbLkuKlATRuiiAunTVhcV0EUFGga1LipQn21839wlOipQR7k2CWcdrb"
    "1ZfHXGweYx3m1ubt1O2w1k/aNlKz9ztChSIIO4SSBvOWQg4mursMwTVE3CfwP5u5XhzSLV"
    "GGdgvHTTVtWQ4pTb0ZC26TdtkoKk03l0Ok8dQ5qeTOfZTUTTDeqrH2bmPROtjKCm6O12UV"
    "yTqmwwkiMrxJvz2SSIAEd8FgHgMl4Gg33C/i3yiYm4cNkyBV6XHJ6Qie3ORFb80iYegkFK"
    "OK9F53JebJwyJ7j1kz9Ux8s7oIRZ+Mwcw1MVKvBc+AR80SZDdQG7uBxgxxjUZ2VwkWolA4"
    "d45A29mYApsNHnFxdfEuaYRzq/4LsDpVpPuT1aYj1XFk/HP5batAqNSIbE/xYZXi3eSMfH"
    "r1cMzw9DijG0ilwTI9SG31rLNVs3lNWNmTqWbN9jyRZhz+UPigVJkzTaLVttZJ3RirgvaT"
    "TwKwP/hF24CP9Gm4a3zIYS1R0Lt6C1FXjU7JCCZVHxtiJGNLh+25ZZoG1k2kambWSlbWQd"
    "02Scy7a6rQwbWfR2u8hGRuXAyClSJv1vynzuudQhilpVTZA2IjWQH5Ar15nLfLv+T51XRy"
    "dv0SDEBawtKyuf79snrJTBpnPUdpujJv9fAehwfAN3+cNSSu1hgVJ7mFZqVcnTMeUZFSry"
    "UY5TNW5Zvz0uAfTb41yc8VaiGqLpTbPSQ7Abe07M44Iiadm0TUH+Io7N91FiLAAWsYiZM1"
    "M5Ccn0g3bcTokTpHISdFzxczAvs69TG6Zbgc1xyjWwuWbRg03iskO5MEA0W+VzTtJqTteZ"
    "01rF1yq+VvFLq/jdCbUd+DRcaY9LqfjR2+0iFZ/hQMOUI8tX+JHDZYSKi1q5N3MxWgS+dt"
    "gQeFsFqmCwh+dYGLByQDD6ZAx/MR+pwlsBgaw842NQiqytM5oTSrCzYmZxny09GkNmpFUB"
    "CUKrQkCPAyIWBnLjCtshw6VcgVV1Rp41J4A2k48Y0weWfLY2TdRxw2wXmCaAeYb8YKqgHS"
    "Nq4Dl1dFJGd4ZR+Z73k5T2vADNuMVPt9LyzqLdFO47XO2bSH/Gna2yaShG1LhdZf2WIW2g"
    "eEooa4RCUyMDRc02siZxWautWm3VamtptbUPPOplOqWDO+0iZZXDGMMu64q+chlBileY2+"
    "BaYUFVLNB/CzrfLewC47Cmv8yhwJpotjtjWKOfvKSho5lObGf+XVoZXfP8qHFeesHFhXb5"
    "DhTS2Fyypiu56JwSD7RW+VDfewQV2LbkW1ASrGhAoU24F44AZRi0WVSEuXrTme8zV3xxl8"
    "MP4jqsrQYymDRUfBVN/IXaQOVaiiQxXv00refWcYdtF+i5yyWRhjs32i1O1KRgt/UlTXti"
    "Rck/Tqkl/1rLhPsl+Ws2r8pmdepV5vGSTKt2deavzx5Avllpt45Rar9znbmsS5imJUxdwn"
    "SfbfjavPwc9i1teNSGR214rFA2RhqdMurFKG4UFYoJKsSXT37BgBQVmqLCT5QfmqgvkUsj"
    "HHE9f0Id+w+4/kCdGcPYlbFtjslkxrGcC1GMz0+IWedD0PY4VKE1hpxyCPhNRqrvFFtUoV"
    "FRQkG6zTD802em51tD8ujbQto2Sxr8tJVvt1Y+5GrVZJsoTQPPkJMy8thJvjh2kpLGQsBW"
    "iGPJIG3cKj8shfhhAeSHacwrh2jp8KyK4VmrhmZtJiyrRut5IxrdlHL+CEds5cisFGED1/"
    "dGciRd27yvnIcaoWmeqWL9JyN9AMHEN2Z+pa06TtU8nDfVq28KOFVazguCJmJcCuECfFNt"
    "gzxn5aaqIW2d9+bWTb97jZ1UO2cXvcukSrpNdSaSYC2omGUkWJdDfUlda9w7p4PeZ9nD9q"
    "zX73w4757VA/zgBxhBbY4qG0sGafO2mI1IJdqyn4t+oyz7U2tFNscpNZtrzWaZnu54d7a7"
    "am57lFgHGdSZ1xPPFWNnrippGb/PPJFxZBaVEsyZYKUoy5rxeUc1NiPOjmqsSFJuL9L1dZ"
    "IDr/cB9ZRHdTcOwM/Mt29tUwYon8KlVoYzMDWmXeQYfIiMNjAJsrSXkNtfX1n2nS1kKnmb"
    "oHmOWW0ygjVlEeERSuTeHgT0T2c+bEiZrsBvmKlMRL46YSL2WkWP/4yIlDpef8eevCSbyg"
    "KeYm+NVeFaGeSXn8EqtocIeZ0Rb113P/b6g+51m3zq9Pu/XF2fGdddGIzmiO5Fp3duAEKX"
    "H7v1MEnUJXe9Vst//dnrVAjs+lOlbWiUROcFZQmj2rDzHLTA/coL0mkjKyYUwE+bTVb7mu"
    "Ok2qZTNz7XRJftgOZpjltZpd3VnXZhVfflmKd01XzGrjm887k03vtGkSFfBXxgPs/M186X"
    "fSMkDZR8j07KJDHBqIK4t1QaE35UFRAOhjcQ3c34Nz1XZGaI5ddMj5DooukVi6bv9DD7+/"
    "8BWwfuDw=="
)
