"""Add `workers`: the lease of each process that writes replies, instead of one for each reply.

Servers of the version before go on with a lease for each reply, `messages.lease_until`, which those of this version
leave empty and respect.
"""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "workers" (
    "id" VARCHAR(64) NOT NULL PRIMARY KEY,
    "renewed_at" TIMESTAMP NOT NULL,
    "lease_until" TIMESTAMP NOT NULL
) /* A process that writes replies, as long as it renews its lease. Both times are by the database's clock. */;
CREATE INDEX IF NOT EXISTS "idx_workers_lease_u_bc840a" ON "workers" ("lease_until");
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "workers" (
    "id" VARCHAR(64) NOT NULL PRIMARY KEY,
    "renewed_at" TIMESTAMPTZ NOT NULL,
    "lease_until" TIMESTAMPTZ NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_workers_lease_u_bc840a" ON "workers" ("lease_until");
COMMENT ON TABLE "workers" IS 'A process that writes replies, as long as it renews its lease. Both times are by the database''s clock.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXWt32zbS/is4+pL0HMUbO7aTN/mk2GqqrS9ZS063W/dQFAlbXFOkSlB21G7/+zsDkO"
    "KdJmVdIBpfWofEgNQzIDD3+as1cU1qs72Tse7c0dZH8lfL0Sf4R+pOm7T06TS6jhd8fWTz"
    "oQYfw6/pI+Z7uuHD5VvdZhQumZQZnjX1LdfBwR0ihhPfJY9j3Sc6mTHqEffRYW3izCYj6l"
    "GT3HruhOyTR8sfuzMcdKdP98jQMtmQ6B5QjymBfxD3VswiJjX38CVM14C3sJy7DT1v5lh/"
    "zKjmu3cUhnnw1N9+a+FDNMvE++Ihrd9/h78tx6TfASsYg/+c3mu3FrXNBPSCil/X/PmUX/"
    "ts3fUc/0c+Fn/iSDNcezZxovHTOby6syCwHB+v3lGHerpP8Qm+N6P8dWw7YF3II/ELoiHi"
    "LWM0Jr3VZzayFanFC0TXWpp2cTnQ+t2BprUyLA8pYlwJLhmug8sFXpVxAPgSfPN/Bwfv3r"
    "0/ePvu+MPR4fv3Rx/efoCx/H2zt97/LV4mQktMxTHrfeldDPCFXFiTYq3ihb85je7rgooz"
    "I0I/4FYtDkQ0T3MhxLyMDeGFiA/R19QwRkTA38OvzcIOG5DXBXw58D14Td0xaIYBIW0Kfv"
    "hR8sDfYjNjTHRG+t1+v3d5oZ381Ln40j1Nb1kFPJno3zWbOnf+GP757qAE7m+dK5j66vW7"
    "gx+SmF8Edw74rST6sLllwf9n//KiaM9hOXibluGT/xHbYru47EsgRSBw5gljf9hxKF+fd/"
    "6dRvnk7PIzB8dl/p3HZ+ETfE5BbngUwdF0P4v8KdzxrQnNRz9JmWZCQLoX/rEaVmzyJCjh"
    "xKB33u0POudfE+w47Qy6eOeAX52nrr4+TrFoMQn5pTf4ieA/yX8uL7ppri3GDf7TwnfSZ7"
    "6rOe6jpptxIMPL4aUEl2OCQHZny2dvjETmDa36ebKGvQulp9v73BMc4cvC/aPrUevO+ZnO"
    "M0dJCuRA9L0OptkxsP8OV1N4Nfp2Pf1xIW7GFxn8dvjF1BfLstM/6Zx2WxzhkW7cP+qeqS"
    "WgxjvugZu6shibvTU5mKSv6I5+x8HBX4HvHCkcfp8yJn51nj6yuF2qlDAxqLpW4joP1GM6"
    "XgHBf0x1E9AZEotx2d/WmU8mMCe8NSoBeI0BZgasCzLyYCWNPxEr1AtAT3DsOZnBCvBAl7"
    "Bd4x6ucCLPfcxVUjb8+BydJaWeJFQYAM96oMF5A5dg7G+tezrH27/XUmSKd71Vbnjb1WPW"
    "IqoVayy+5du0DtILggaeLgdv31bAG0YVAs7vJSW1KXyarqPXwThGshTKwYKVE+T9SiDvl4"
    "C8nwWZzZlPJ9rUcyfTHIl4QL8XaN8ZwiYAXiYCd/89KFdGFhLw2eXFl3B4WkNJoj8Gnc31"
    "5lpwyOQog4XWjzzSpewgkrEgMIMc7B++P/zw7vhwYf1YXCkzemQNHFxKqbOHLAiasKA3sE"
    "2DRO/PclZuNRtSRC3zsdjqnAx637rE9Uj34lQW69HUchyaZ7Z2XZvqTsERuSBKAT4CKnkQ"
    "X8WW/fny8iyxZX/upffk6/PPXTgzOegwyPILzKSBalBnH4mRNG8nWf1iDs4xAHDm5Agihe"
    "dghq5JzoCVnYKoyoaiwhKmzxzyFdg/JVvhTbJ/JkwHdTidINyMjVsxeUkm75YrQ7F5STbP"
    "puaSbE5SKjZLzebAsFtDwowolID5tICpXILKJbiTLsHUJrECRH8Ws+zW/lAVz2hXTMAJjy"
    "cX12dn23KxngvtqZXjXg1vtctcq3E7bxXXqgNToNNSJ4FT9hUDuCi/Fs6V5xOtRHfj3DhD"
    "1zOpt3CWmnTqj4OIzk9kaDEtdJUOyUT37sUo16FkqsNAH+M5hUOVP4WwsfvI9sgvY8um8H"
    "CPTu05zt0fXHU7572LL+0bx/IZefQsn3pk+Oh69/zDgelnzAcChz4SHGFTnVFiOeEYNmwT"
    "3TEJ890pOmkNSob4t+ZRWNhMCEj8dzDqw6v79Dv8EyjgN4KczFwHwIkCUrlXmDn6FN7Yr+"
    "zWDX5msDJj6Ijd1cRQVXTvTuExjq+lvb34d2Qq5b9Qmzm+ZStH8LYdwYJ5GaQLDVaL8cpQ"
    "lWOoSn0ZNQzbKUpl3a5u3fbcolCGpx04Ia3MAnLrut+9apNOv98DLe1igH6c/q/9QfdcDk"
    "cOnjhZ/It97+F4mTGX1ueu+75ujCcUH5/BvDj2OkWmYrCfEYO9kKrqLPoEURMMHpte+C/C"
    "UR+pC+Tk8vzrWXfQPW2DEnH59Sv+8WOnd9Y9xf0fTsHu1dX114Es3vxby7HYWBPLfFkuZS"
    "aR+ENpPY7nXKPi2i6hMLkpByuo57keoGrWCvBMUkkMvDQmWYHYJDJ/VD0LMoRNQHvT54GK"
    "jFt3ADOPjdV89546dUI7M3QqrjOrsxqAkU3xLeoDnEurQM6C7Lu+btfHN02moM1CO+OxVM"
    "ydecbStpf0HBLvy62vV5ffeqfdKx5D2x/0zjvSSN4LV0KdwzBBJDHwSx6Ix4cVUD4+LEQZ"
    "b6VCEGNOiwzOT4QfJklV6KHMcSwZ11pdbudOoHguM89VJOKLYLOwLi3F5xSp+pxl5rMKRV"
    "xz4tYiyKMGxAkihfLTKCdDbqrCnKSS2dcha9gniyqFPDNOMVV3ZMdgrxqwmFxxT8eAio1g"
    "BfDG4g53a+eoimxiy1TBtc0Nru1T3TPG6C9q5cTXxu62y6sX4TgNo2sqhtkOeAArUmE1U9"
    "ebhJGzvm/DlcBB9ZEMb13bpKKyEIaouo+wOF4xHhjLY1PxogP0um39CYT4Ctng3LU+DUN6"
    "ez6S6IQjgpMH1G0yooY+Y4vAXJjMcx9xMIbj+tTBy1yR4xWQfMvGukhjnYUvJyJww1mAFo"
    "u63jj9f51ZPiX3lE7RE2x5RBT1DGopYWFYICSwHukd9WDcvLj2a5ieGhZHKqqqJMJp/2pF"
    "S6sl8MLLLfp96oVFrIJVF51rfHnwefm6Cb77/vXn/uCqd/GlxelhyeBV8SmoUrPSlZoNmJ"
    "3hQLG3OaJohDi4cT9z9GHWkMOTVI0AXmW47STEKsNtkxluhdFAa1RvdhXY5B4pU0HRPnXM"
    "E1u3JvnyeHjzCXHcMTUDx1VNegNJ0aSTqQsCqTFHaVEIyIEv6aOQXkFMJSA3iny0W8tjPo"
    "iY7JF6KKO6KE+SqT63Xd2E8cCCW9sycoTxdT/sqf4GsYdrqLgWyLxxqRiTyLj4rgqISpA3"
    "lmZgLcwzpA08vdcTkye+Ng1003E963uSroF4rz7kY7fcwqrW/nLewsWRUuNzitM08FNSut"
    "2uQrycsSKHVEGu1GkJ1On4ylQ6dVV0qyjWmSNQwVsB3vjBL5PB4hcezt3KsVYEd9plpoqg"
    "0ExFMwWZeq4BnBZFcHhBG8b9ahZlbexVZrvOHf7fCsrasKiuzR757GL5HJB6GS9JMxI5lK"
    "hmjuD+K0YMbD2SV9pnU499uh6Osj1sQhErtj1w9i6lmCUpVbyu1JqZVCkXSgNfKZ8zYvR2"
    "zs0fLf5zM6cmv156Zt7CiMonJg5OVKXbIz04m0ZzPziPeHG50X+p4ZOh+D9aRodYBo5Xmf"
    "NBFGvjnx4VJeAsHuty1e2c/pp3Vq73gbx+HrP+pBqfcFFET3ccdwaDTYI3ySMvhidcB/AH"
    "DPravTjlxS0wnIaXvAdCF9koJkDpFc7iP2aur4tifHDVIfj6nRsnqH7BJ8PgHMcNf0JsOn"
    "RLAAx7ZEi/Ty1YpWF1PJyfwjiOSvAifK69sGbeRJ+TEeVyRJswlwfx3Dj8/eFXITcD4YPB"
    "QLjP/R7W0kX0ApdGTB8KipQo38aWfRv8/zWADsc30GhycHRUxYtxdFTsxcB7qcIZ333q5A"
    "dZl9QniRM1EOn94wpA76fP6Vh3tONsTxLT0gVGNXBOUjUR6IOyqLwF0gfvi6HGe6lsjcVp"
    "mMW6LDgySdekmpob7gTPxvrB0XGdhR5RNC8dafXO0BdRfm0hn3I5F2s9CJkzLWFvx8Nzq1"
    "v2zKtVaSpG0oRFvunY30gzqrOxJKlkXvAyhbZYTAssvMvUTk6QquLJ1Ysn71aQiywM2Akb"
    "W1LlCo0hddmcpNxI5QNlSF2OyRstxP3CRQOVnq9Cx3YZYhXHtMk4JlVUYvVFJbbjMfxKHR"
    "N+4SkVFVhbOc7D9JB2mR/RdN0JCNFCZ6yeKRQ4vrg7ynGFT8yh1GREd+ZkAqvqIxGYmQSG"
    "DB046jXfm6M3TLjfgFF47w64EOS8C9/WzDBwntyUofU/FV2LHRx1hxnzIPsw3nTr1vUI1Y"
    "2xeCQnsVj4qDaG8zyOLWNMH4DI0Jmhm/QTYZQS/AX/MKlh8Zz4f7x9u3/wxqMT90G39yYm"
    "ekUJco/dOPB78JPmbwl/Byswqh3gj+k8dBHe4TuJGCJnHTFDKp1+tWbikvZX0lh4JPKwrs"
    "W+o/s+nUzzutYULvU4SZNcIyurwhzbX+uq9SlSFSElm2IvSYTUF8+dTfOkHHGjVLa5wyEV"
    "ZRrUFhic4nDyjjFACfZWtkfE1f+6IC2E1XRgFutBRzKCzUqycsqzZlLBvzIop2Un9naDcy"
    "SCer/SKb1fckrv55zSi2+idgOhHNImGBbX7VhPwaYVFXiqDLz2zIJPafwlWvKrR3/iOv7Y"
    "notuHxoPPK2njhVM0KCeIRsO5FEOycaKtAmz/tRcks1JSsVm6dgsk+ZyTrEgZ6tIfwluP6"
    "3FaBM+skZh1YBgbE1FygE3LoL2oRM+YX591CpEuaWVxEsKpSL0TBTXEVUZBltWYtQh19jd"
    "L37Ixb/Kqt9UnEZ5r1WAgIQBAneh6e+ZvuyFCXHH4K7qxY5/ytVqnawA1JcedrEdYRPbJu"
    "QImUE3hWLhEo3TFZ3+BI5+kzq+pdvcH44+6MspdTq9N9gRVvctLHtPHXPqAnzcj80f+IkM"
    "GQVaX2NUt4PC+p1u/83B0fGbLyfnbTJyZ+iad3mOrGXmJRRv7NkiAADrkQozvRB8kYxb80"
    "1xGQfzG9gXQMjMe2SIa2OR68tFZ/QCBBJTSaZuIgmXczArOi++ZSU7v2gHgFQn/VpcAIkP"
    "Ngt0cThxhrARiG8+sJijOLbymiSVRRYnyBoBfXKxV7H9F5v+cyz/cD7VQXhB0EBs1xLxM+"
    "I1eLxaIMdpGonz4YdKQB9+KEEab2ZaMsJffmCgTIL9z/7lRT7YSaq0LckyfPI/YltsFyOt"
    "SkBGPMp37fQG3U5ahnCC9K6tDHpLHaC7ZtBTXqsXwWZbZ74GOuEyjE7Tql7RMnN6KxZ6yf"
    "ipDPQ7CbHK4NtkBt+mfR6S7RGrc3lsxz7fx4KWZp96D9QrsNWnh7TLu3vhsDAD6Gnr/S+Y"
    "sqabE8thZKw/YCdcH0M8eLFNPtcr3qsWLd9tjPhACzs2qV2Yuy0Tbek4crhHRC9d3weWMQ"
    "Jvac9DEzqcjTntvjb7eFEftJ7dn/T5eO46gPMbu9jyQqXIRxIa6z/y9xpRLNHJQmLeh0wF"
    "70tzLrVLbPdbti3Luam+BNOyZMiv1bK8Fbun1ACvy+y5YRu+5Bivpd/glu3KkkG+abOysj"
    "cudXjughVKkij5E922WznaEL9eqgIZMKJ67JLOxXiii7igNm/g4/Pa/gYQPGKZf8vnZf0p"
    "rCfzE/7Lnfm29UBZoKYEBTmC7lZtHiSE6kJBPP0mHso1naBncth2iw3bZHEt2gqHnAxusC"
    "ksZKqhjDzkKg5++J8IFmMTKg/WPJiTmWOjDjS8p3TKUPGGF/fZEB45DOOsFrFO11dnQVsk"
    "+Ck6u8eaKBnVzrolQ4tpkeYKitww8j7xyTgkSMmhG9E73YEHDjC3LWywkFHKkAivicYLOM"
    "s9rHMHVhovx6KTP6nnhjVjRq45FzNRs3LjhJihJukty+mhsDjh80cmCwvlj0k3nQaoSsfH"
    "bR4FT12UP86/n381yfkUtQpD27IqO515cAwURKI9XRE7Ri6zhbt11f169msbjr/BWRcLYg"
    "/gsEtvtdtxK6gAnnVL/+E5UwfkOE0jcV6PJps4mLN4P1X+Okmr6l9Xr3+dPWRrIJ8lVtBX"
    "hz4tN9exB+fRNmK72bRNOKuoLMOGUouPYkQVRhi2BZuIZuU4mYtP2wRR82yah1Wajx0W9x"
    "47zLQe45oibBj1hJokVfNwfldJenxXIj2+y0qP4d5QTx9NUjUP6v2DKvIjjCrpPpaRHlX0"
    "8VLb+C6Yiav04NJOxtS4pyZaHTIc3pHWW/3rk5Nuv48mhu7V1eXVOm0M5OSn7snP5PVNAM"
    "5Ni/QuyOtXwTu8apNX/B1e/VDDHCGmKqiaV9z/L0nVoLJhKytySz3P9WpXI0xSNe8cWb09"
    "TSAWKFR1lIAMYRPQ3rweFviF6jbxyRAq9J+BPpr7l0I/JFTo10d/6rmTqS9KaNapD5+hU8"
    "dnTj1NwEg0IqkPcC6tAjkL8ow7jJk784ylPYLpOSTeSVpfry6/9U67V1xc74NuA+qRJF1y"
    "zZknaiFP6qz0FJXqNpGzyG8tjwW7bT1ws4RqD8nCq1IR1785RKE8VRGOKBS+FWIyotCpGh"
    "gnqRTOFYxN2+o++sJwVqnLKnVZxjTbnWg+KtleURXbkt6j8Ark4vrsrJV36K0A3/NopmZi"
    "mzzpK2CbGw1XG9cgnbuZmEYSagU8VRmD55UxiFDdTrqO6FqBPYdahT0t+N12hZYWOLBGRw"
    "thAhSNKcLiuzwJSCR38GyRsHYAn5tXErgenHwiQ/5vnmJi+YxwgwCMmVAnp1jBmp/1ZP8M"
    "Tp8pAVwr30I18MV7m2jgOwlXe52olwWRCniROuClyGFR9nk901EhGzu304RNNS5RXTV2Tj"
    "bbcokp7IdQlE29uFcqlrkwSqufVj0DfnnkUZ+3SdCa4XHsMviv693DDUxvNi1qfiQ8HRrF"
    "J5SLsLqTJZJ9bWre4QwW3HcoJg9jqvKjGIklnTC7iBVmWG/q+Zhs3fMJQsvJA1lwos9BHi"
    "R34sEipZs6JjaEwJAYbURv4RNapF/rzHXg/aPLHhUZz7CxAdrYJZpPC9dunEBfhd9gLubm"
    "smebDBPRB1zcBJGUMhAb4JvbI51bmIsMTaqbmo5/D4njhpgYMBTeeTRjQZ+L4uYUhdnQyd"
    "zjTOayyg9W+cHr391VfrCsx6nKD1b5wSo/WOUH7y70Kj9YgthclR8sCSNUfnD2tFX5wSo/"
    "uGFQq/xgebbxXXOXqKhAFeXaJJxVtPZ68VUZB+vHeLu5jbKdtqvOmQl8Q2YhvmWRAjnETQ"
    "J5wyEDMV9bjWWeomoS/itc5EmfZQ1480gVxjkYR27auhpSknIzGtIm/aZNUpBUOo9K55Ex"
    "pOnJdJ7tRDRdo776eWbcU7+VE9QUv90ui2sSlQ1GfGSNeHM2mwQR4IjPIgCcx8tgsE/Yio"
    "E/MRUXzrsfwOuS/SMysZyZnxe/tI6HYJASzmvqcz4v9kCYE9z6yZ+ied0dUMIsbGaM4akC"
    "FXgufAKe3yZDcQEbMuxh8wfUZ3lwkegKAYd47A3dmQ9TYM++GwdfEuaYx5o44LsDpVhPhe"
    "0WEu0TFk/Hf0TatAiNSIfE/xYbXi/eSMXHr1YMLw5DSjC0jlyTIFSGX6nlmo0bymRjpool"
    "2/VYskXYc/WDYkHSJI12w1YbXruxJu4RjQJ+aeCfsAuX4d9o0/CG2VChOl7pFrSyAnmKHV"
    "ywLCveVsaIBtdv2zALlI1M2ciUjayyjaxjGJQx3iGzlWMji99ul9nIdD4wdopUSf+bUo+5"
    "jm4TQS2qJnAbkRjI9silY895vl3/p86bg6NjNAgxH9aWmZfP9/wJa2WwqRy17eao8f/XAD"
    "oc38Bdfr+SUrtfotTuZ5VaUfJ0rLOcChXFKCepGresjw8rAH18WIgz3kpVQzTcaV56SHGH"
    "+ojiWd3pZVvSJcCupT29iitehhU7Z16m36cWTLcEm5OUK2CzZNGDTeKyrTNfA9Fsmc85Ta"
    "s4LTOnlYqvVHyl4ldW8bsT3bLh03C4PS6j4sdvt8tUfIoDNYOPrF7hhw/nESoOauXuzMFo"
    "EfjaYUNgbRGogsEerm1iwMoeweiTMfyLekgV3goIeOUZD4NSeG2d0ZzoBJuk5Rb32dCjMW"
    "SGWxWQILQqBPQ4IGZhINeOb9lkGMkVWFVn5JpzAmhT/oix/kDTz1amCRk3zHaJaQKYp/EP"
    "pg7aCaIGnlMHR1V0ZxhV7Hk/ymjPC9C0W/x0ay3vPNp14b7F1b6O9Gfc2WqbhhJEjdtVVm"
    "8ZUgaKp4SyRig0EhkoJNvImsRlpbYqtVWprZXV1j7wqJfrlA7utMuUVQZjNKuqK/rSoQQp"
    "3mBug2OGBVWxQP8t6Hy3sAuMw5r+PIcCa6JZzoxijX7yWg8dzfrEsuc/ZJXRFc+PGueFG1"
    "xcaJcfQSFNzMVrupLzzglxQWvlD/XcR1CBLZO/hU6CFQ0otAlzwxGgDIM2i4owE2868zzq"
    "+DdONHwvqcNaYiCFSUPFV9AkX6gNVI4pSFLjxU9Teq6MO2y7RM+NlkQW7sJotyRRk4LdVp"
    "c07fpLSv5JSiX5Sy0T7pbkr9i8LJvFqVebxxGZUu1k5q9HH0C+WWq3TlAqv7PMXFYlTLMS"
    "piphuss2fGVefgn7ljI8KsOjMjzWKBvDjU459WIEN8oKxQQV4qsnv2BAighNEeEnwg9NxJ"
    "fIuBGOOK430W3rT7j+oNszirErY8sYk8mMYTkXIhhfnBCzyoeg7XEoQms0PuUQ8JuMRN8p"
    "uqhCI6KEgnSbYfhPjxquZw7Jo2f53LZZ0eCnrHzbtfIhV+sm28RpGniGHFWRx46KxbGjjD"
    "QWArZEHEsOaeNW+X4lxPdLIN/PYl47REuFZ9UMz1o2NGs9YVkSree1aHRTnbFHOGJrR2Zl"
    "CBu4vteSI+lYxn3tPNQYTfNMFas/GfUHEEw8bebV2qqTVM3DeV29+qaAU63lvCBoIsaVEC"
    "7BN9M2yLWXbqoa0sq8N7eu+90r7KTaOT3vXaRV0k2qM7EEa1/3ZzkJ1tVQj6ilxr1zMuh9"
    "4z1sT3v9zuez7qkc4Ac/QAtqc9TZWHJIm7fFrEUqUZb9QvQbZdmfmkuyOUmp2Cw1m3l6uu"
    "3eWc6yue1xYhVkIDOvJ67jj+25qKSl/TFz/Zwjs6yUYMEES0VZSsbnLdXYjDk76rEiTbm5"
    "SNe3aQ683QXUMx7V7TgAv1HPurUMHqB8ApdaOc7AzJh2mWPwITZawyTIyl5CZn1/Y1p3ls"
    "9TydsEzXPUbJMRrCmT+C7RCd/bg4D+6cyDDSnXFfiMmapE5IsTJmavFfT4Z0ykVPH6W/bk"
    "pdlUFfAMeyVWhaUyyEefwTK2hxi5zIi3rrpfev1B96pNvnb6/V8ur061qy4MRnNE97zTO9"
    "MAoYsvXTlMErLkrku1/Fefva77Pnb9qdM2NE6i8oLyhFFl2HkJWuBu5QWptJElEwrgp80m"
    "y33NSVJl05GNz5Losh3QPI1xK6+0u7jTLq3qHo15SlctZuyKwztfSuO9Z4oMxSrgA/VYbr"
    "52sewbI2mg5HtwVCWJCUaVxL1l0pjwo6qBcDC8geiux7/pOn5uhlhxzfQYiSqaXrNo+lYP"
    "s7//H3em3xY="
)
