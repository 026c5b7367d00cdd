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
    "eJztXVl32ziy/is4ekn6HMUTO7aTmzwptjqtaS8ZS05PT3sORZGwxTFFqAnKinr577cKIM"
    "WdJhUtFIOXxAJRIPkVCNSOP1sTZlKbH5yNdeeBtt6TP1uOPsE/ElfapKVPp2E7Nnj6yBZd"
    "DdFHtOkj7rm64UHzvW5zCk0m5YZrTT2LOdi5Q2R34jEyH+se0cmMU5ewucPbxJlNRtSlJr"
    "l32YQckrnljdkMOz3o0wMytEw+JLoL1GNK4Adh93IUOah5gA9hMgOewnIetnS/mWP9PqOa"
    "xx4odHPhrr/91sKbaJaJ1+VNWv/9L/xtOSb9ClhBH/w5fdTuLWqbMegllWjXvMVUtH20Hn"
    "qO96Poi6840gxmzyZO2H+6gEd3lgSW42HrA3Woq3sU7+C5Myoex7Z91gU8km8QdpFPGaEx"
    "6b0+s5GtSC0fIGxradrV9UDrdwea1kqxPKCIcMVvMpiD0wUelQsAxBR89X9HR2/evD16/e"
    "b03cnx27cn716/g77iedOX3v4tHyZESw4lMOt96l0N8IEYzEk5V7Hhb0Gje7qkEswI0fe5"
    "VYkDIc3zXAgwL2JD0BDyIfyaGsaIEPhHeNs07LAAuV3AVwDfg8fUHYOmGBDQJuCHl6oP/C"
    "0+M8ZE56Tf7fd711fa2U+dq0/d8+SSlcOTif5Vs6nz4I3h55ujAri/dG5g6JuXb45+iGN+"
    "5V85Epfi6MPilgb/n/3rq7w1h2fgbVqGR/4itsX3cdoXQIpA4MgTzn+3o1C+vOz8O4ny2c"
    "X1RwEO496DK0YRA3xMQG64FMHRdC+N/Dlc8awJzUY/Tplkgk96EPyxHlZscyco4MSgd9nt"
    "DzqXn2PsOO8MunjlSLQuEq0vTxMsWg5CfukNfiL4k/zn+qqb5Nqy3+A/LXwmfeYxzWFzTT"
    "ejQAbNQVOMyxFBIL2yZbM3QlLnBa38frKBtQulp/vHzB0c4UvD/SNzqfXg/EwXqa0kAbIv"
    "+t76w+wZ2H8HsyloDb9dV58vxc3oJIN3hzemnpyWnf5Z57zbEgiPdONxrrumFoMar7Ajlm"
    "hZ9k1fmhxNki26oz8IcPAt8JlDhcPrU87lW2fpI8vLhUoJl53KayXMeaIu17EFBP8x1U1A"
    "Z0gsLmR/W+cemcCY8NSoBGAbB8wMmBdk5MJMGn8gVqAXgJ7g2Asygxnggi5hM+MRWgSRy+"
    "aZSsqWb5+hsyTUk5gKA+BZT9Tfb6AJ+v7WeqQLvPzfSopM/qq3zgVvt3rMRkS1fI3Fszyb"
    "VkF6SdDA3eXo9esSeEOvXMDFtbikNoVPkzl6FYwjJCuh7E/YeoJ8WArkwwKQD9Mgi0W8Cs"
    "RLguYBvJFZDAKPN8vQ8sqp2CF1nVeNVuds0PvSJcwl3avzuijXU8txaJZVjzGb6k7OCrIk"
    "SgA+Aqr6IL4Ope7j9fVFTJ/72EuYi65uLz92YUkRoEMny8uxIvmSU5V1JELSvJVk/ZPZF0"
    "MBwJmTYbnINZKm6JpkKz06PH57/O7N6fHSRLpsKbKMpucvSvpaAFV1y1AG+RrMQzWb4U0y"
    "D8U0qyqcjhFuxwSomLwik/fL0qvYvCKbZ1NzRTbHKRWba81m3+5VQcIMKZSA+byAqTwmym"
    "Oylx6TxCKxBkR/lqPs1/pQFs9wVYzBCbcnV7cXF7vyQF1K7amV4X0KLrWLPE++9lXa8+TA"
    "EOjT0Ynvs3rBAS4q2oKxslxGpejunDtnyFyTuktfkkmn3tgPePtAhhbXAk/SkEx091H2Yg"
    "4lUx06ehjuJv1N4i6Ej9mcH5BfxpZN4eYundoLHLs/uOl2LntXn9p3juVxMnctj7pkOGfu"
    "o/hwYPgZ94DAoXOCPWyqc0osJ+jDh22iOybhHpuiD8ugZIh/ay6Fic2lgCTeg1MPHt2jX+"
    "EnUMA7gpzMmQPghPF6wmnGHX0KT+yV9nr5r+nPzAg6cnU1MZIPvV9TuI3jaUlnGP4dmkrF"
    "G2ozx7Ns5SfbtZ9MMi+FdK7BatlfGaoyDFWJL6OCYTtBqazb5a3bLsvz9D7vwAlo6ywgt2"
    "773Zs26fT7PdDSrgbox+n/2h90L+vhyMEdJ43/AFpzPO1+/zpjvhYdvvvvQWyKp+Ijlyr8"
    "xfXVp6B7MmgyDrbueboxnlC8fQrz/NDUBJkKUf2GENWlVFVl0seImmDw2PbE/y4c9aG6QM"
    "6uLz9fdAfd8zYoEdefP+MfP3Z6F91zXP9hF+ze3Nx+HtTFm39vORYfa3Kar8ql1CA1/lBa"
    "8/FCaFRC2yUUBjfrwQrquswFVM1K8W9xqhoDXxuTrERsEpo/yu4FKcImoL3t/UBFxm06vt"
    "Nlk6mneeyROhn7bq6FIEW3kqWgbniv2VBgAEY2xaeoDnAmrQI5DbLHPN2ujm+STEGbhnYm"
    "Yqk4m7nGyraX5Bg1Xpdbn2+uv/TOuzcihrY/6F12aiN5L10JVTbDGFGNgV9xQzw9LoHy6X"
    "EuyngpEYIYcVqkcH4m/DBOqkIP6xzHknKtVeV25gCK53XmuYpE/C7YLK1LK/E5Qao+5zrz"
    "WYUibjhxaxnkUQHiGJFC+XmU4yE3ZWGOU9XZ11HXsE8eFlL4xjjFRFmGPYO9bMBifMY9Hw"
    "MqF4I1wBuJO9yvlaMssrElUwXXNje4tk911xijv6iVEV8budouLu6C/TSMrikZZjsQAaxI"
    "hcUemTsJImc9z4YW30H1ngzvmW1SWXgFQ1TZHCbHCy4CY0VsKjY6QK/b1h9AiI+QDs7d6N"
    "0wpLfnIYlOBCI4uE/dJiNq6DO+DMyFwVw2x84YjutRB5uFIicKxHiWjWVjxjoPHk5G4Aaj"
    "AC3WvLxz+v+6sDxKHimdoifYcomseeiXmsG6mUBIYD7SB+pCv0V+acwgPTWoHZNXdEaG0/"
    "7ZCqdWS+KFzS36deoGNX78WRfua2J6iHHFvPG/+/7tx/7gpnf1qSXoYcpgq/wUVCXO2lXi"
    "9Jmd4kC+tzmkaIQ4uHU/c/hhVpDD41SNAF5luO0lxCrDbZsZbrnRQBtUb/YV2PgaWad6i3"
    "3qmGe2bk2y5fHg4jPiuGNqBvYrm/QGkqJJJ1MGAqmxQGlRCsi+L+m9lF5BTCUgN8p8tHvL"
    "5R6ImHxOXZRRGcqTZKovbKab0B9YcG9bRoYwvumbPVf+PXJzDRXXHJk3KhVjEpkQ31V9xR"
    "rkjSUZWAnzFGkDd+/NxOTJr00D3XRczfoep2sg3usP+dgvt7AqRb6at3C5pVT4nKI0DfyU"
    "lG63rxCvZqzIIFWQK3W6Bup0dGYqnbosumUU69QWqOAtAW9046+TweIXEc7dyrBW+FfaRa"
    "YKv9BMSTMFmbrMAE7LIjiioA0XfjWL8jYe5WQz5wH/t/yyNjysa3NAPjIsnwNSLxclaUYy"
    "hxLVzBFcf8GJgSczZJX22dZtn6+Ho2wP21DE8m0Pgr0rKWZxShWvW2vNrFYpF0oDXyufU2"
    "L0bvbNHy3xuqldU7QX7pn30KP0jomdY1XpDkgP9qbRwvP3I1FcbvQ/anhkKP9Hy+gQy8CJ"
    "KnMeiGJt/NOlsgScJWJdbrqd81+z9srN3lDUz+PWH1QTAy6L6OmOw2bQ2SR4kcxFMTzpOo"
    "A/oNPn7tW5KG6B4TSi5D0QMmSjHAClV9iLf58xT5fF+KDVIfj4nTvHr34hBsPgHIcFrxAZ"
    "Dt0SAMMBGdKvUwtmaVAdD8en0E+g4j+IGOsgqJk30RdkRIUc0SaciSCeO0c8P7wVctMXPj"
    "h0hOvC72GtXETPd2lE9CG/SInybezYtyH+rwB00L+BRpOjk5MyXoyTk3wvBl5LFM746lEn"
    "O8i6oD5JlKiBSB+elgD6MLlPRw6POk2fSWJausSoAs5xqiYCfVQUlbdE+uhtPtR4LZGtsd"
    "wN01gXBUfG6ZpUU3PLB2XzsX50clploocUzUtHWr8z9Lsov7aUT4Wci7UepMyZlLB34+G5"
    "1y175laqNBUhacIk33bsb6gZVVlY4lR1nvB1Cm2xuOZbeFepnRwjVcWTyxdP3q8gl7owYC"
    "9sbHGVKzCGVGVznHIrlQ+UIXU1Jm+1EPd3Lhqo9HwVOrbPEKs4pm3GMamiEusvKrEbj+Fn"
    "6pjwhudUVmBtZTgPk13aRX5Ek7EJCNFSZyyfKeQ7voQ7ymHSJ+ZQanKiOwsygVn1nkjMTA"
    "Jdhg5s9ZrnLtAbJt1vwCi89gBc8HPepW9rZhg4TmbK0Obviq7FDvZ6wIx5kH24OHTrnrmE"
    "6sZY3lKQWDy4VRvDeeZjyxjTJyAydG7oJv1AOKUE3+AfJjUskRP/j9evD49euXTCnnT7YG"
    "KiV5Qg9/idA++Dn7R4Svjbn4Fh7QBvTBeBi/ABn0nGEDmbiBlS6fTrNRMXHH9VGwtPjTys"
    "G7Hv6J5HJ9OsU2typ3qUpEmukbVVYY6sr1XV+gSpipCqm2JfkwipTy6bTbOkHHmhULZ5wC"
    "4lZRrUFjjs4rDzjjFACdZWfkBk6/8YSAtBNR0YxXrSkYzgYSVpOeWbRlLBv3VQTot27N0G"
    "59QI6sNSu/RhwS59mLFLL7+JygcIZZA2wbC4acd6AjYtr8BTaeC1byz4lMS/RlN+/ehPmO"
    "ON7YU87UMTgafV1LGcARp0ZsiWA3mUQ7KxIm3MrD81V2RznFKxuXZsrpPmckmxIGcrT3/x"
    "Lz+vxWgT0bNCYVWfYGxNZcqBMC6C9qETMWB2fdQyRJmlleRDSqUi8Ezk1xFVGQY7VmLUJt"
    "fY1S+6yUW/yrLfVJRGea9VgEANAwQeAtPfN/qylybEPYO7rBc7+imXq3WyBlC/97CL3Qib"
    "eGxChpDpn6aQL1yicbqk05/A1m9Sx7N0W/jD0Qd9PaVOp/cKT4TVPQvL3lPHnDKAT/ixxQ"
    "0/kCGnQOtpnOq2X1i/0+2/Ojo5ffXp7LJNRmyGrnkmcmQtMyuheGv3lgEAWI9Umuml4Itk"
    "wppvymbsLC7guQBSZj4gQ5wby1xfITqjF8CXmAoydWNJuIKDadF5+S0r2fm7dgDUaqffiA"
    "sg9sGmgc4PJ04RNgLx7QcWCxTHVtYhSUWRxTGyRkAfn+xlbP/5pv8Myz/sT1UQXhI0ENuN"
    "RPyMRA0etxLIUZpG4nz8rhTQx+8KkMaLqSMZ4S/PN1DGwf5n//oqG+w4VdKWZBke+YvYFt"
    "/HSKsCkBGP4lU7uUC345YhHCC5aiuD3kob6L4Z9JTX6rtgs61zTwOdcBVGJ2nVWdF15vRO"
    "LPQ146cy0O8lxCqDb5sZfNv2edRsjVify2M39vkz3bZbGQZ60d4ustAb0KO8iR46ozFbl+"
    "bv9vKAWayhCb+wmqV/tCwFRpof8Bebebb1RKXZepl35hdxbwtbOBrUc8JGtnFTUfDTPxos"
    "qC7Ph6LDsjlUJoeiwihqSR/E4byy4ihm8uDpujbW8B7imbkcpxM8p8eHWK7Tdx4M5SG+aA"
    "i4c25vLtr+E7pPojYom8PL3JOhxTXZJuqWAn2oR4kRxFsjpUBnRB9054AMMEgzqBSKD4Wz"
    "hASuAKRxKWYCihKiOMojyA0OTCaRWKiTP6jLguzHETMXcihqli4BGlly4npfRjXQpb0pu2"
    "c8RTa7T/L4tPD86+z+0a83567LQl7Z17Nb49xOUCuHyo4dKtOZC2J1jk/l+dpuEfI6y2qt"
    "m+7ni1/boE4MLrpY2m0AykNyNd2NgKxM0Zs2RQebSxWQozSNxHkzpujYxpzG+7lCbnFaVc"
    "mtfCW39CZbAfk0sYK+PPRJ0TgNfr7XPIu2EcvNth3naUVkFTYU+sQUI8owwrAtWEQ0K8Nc"
    "kr/bxoiaZ1U9LlNG/zi/iv5xqoi+0BRhwagm1MSpmofzm1LS45sC6fFNWnoM1oaqh8RGqZ"
    "oH9eFRGfkRehXU0U9Jj8qPvtIyvm9ut7xq8trZmBqP1ESrQ4rDe1JEvn97dtbt99HE0L25"
    "ub7ZpI2BnP3UPfuZvLzzwblrkd4VefnCf4YXbfJCPMOLHyqYI+RQOfUf8k+yiFM1KAF+be"
    "WaqOsyt3JdjThV8/aR9dvTJGK5xwbnKwEpwiagvX09jE/hCahWtRx1ilChXx39qcsmU0+W"
    "I6lSay9FpxbwjNokgJEs6lod4ExaBXIa5JlwWXI2c42VfVLJMWq8krQ+31x/6Z13b4TA2A"
    "fpGgT0mpw4ZM5cWVdqUmWmJ6hU5c6MSX5vudxfbauBmyZUa0gaXhXWufnFIQwmKYtwSKHw"
    "LREVEAbvVMA4TqVwLmHu2NVJLt8ZzioMXIWB1zFkeS8OcqnZWlEW24JzXOARyNXtxUUra9"
    "NbA76X4UjNxDa+05fANjMeqzKufkmbZmIaSqgl8FQpId+WEhKiupucEFkBFOs3t3Lrg4qr"
    "7RLlQbFjheqg0gQoi3wGhYxEpolMLxD5Clj4EwstibHb+Ot2cPaBDMVvkeRgeZwIgwD0mV"
    "DHyy4qusF7PVuLVNCnyilVivhXhyHhtW0chjQJZnuVuIslkQq5qHXIRZ7Doujz+kZHRd3Y"
    "uZuC9qoIrKpQuney2Y7TdbG2ZF7K7vJaoVjGoJdWPXd3BvxyyVxftIlf5nI+Zhz+Ze4jXM"
    "AcWtOi5nsicm7FOZQgF7lsjiITppva1MSTK+cWXMejMeWxl3PZk8B6jvktWadrbvf+mNEb"
    "nH2J5L4sGD3fMsgbpo6JxTUxKEMb0Xv4hJaZvzpnDjx/2OxSmXMLCxugjSduiWGh7c7x9V"
    "V4B3M5tpA922QYiz6QGcAOoRzEBvjmDkjnHsYiQ5Pqpqbj30M8otPHxICu8MyjGfdrhuYX"
    "+szNx41nv6ZyZ1WGqspQ3fzqrjJU67qdqgxVlaGqMlRVhur+Qq8yVGsQm6syVGvCCJWhmt"
    "5tVYaqylBtGNQqQ7U+y/i+uUtUVKCKcm0Szipae7P4qoyDzWO829zGuu22686Z8X1DZi6+"
    "RZECGcRNAnnLIQMRX1uFaZ6gahL+a5zkcZ9lBXizSBXGGRiHbtqqGlKccjsa0jb9pk1SkF"
    "Q6j0rnqWNIU00PCL5FffXjzHikXisjqCl6uV0U1yQrG4xEzwrx5nw28SPAEZ9lALiIl8Fg"
    "n6Dev7hjIi5c1N+HxyWHJ2RiOTMvK35pEzfBICUc19QXYlyswr8guPSTP3A8IAZKGIXPDD"
    "wqWKIC94VPwPXaZCgb8EiAAzxyAPVZEVwkzyLAg4zDJ2QzD4aATu07Bx8SxlhEjhHAZwdK"
    "OZ9yC/7HCvgv744/Qm1ahkakTxgOu1eLN1Lx8esVw/PDkGIMrSLXxAiV4bfWcs3WDWV1Y6"
    "aKJdv3WLJl2HP5jWJJ0iSNdstWG1E9sCLuIY0CfmXgn7ELF+HfaNPwltlQojpe4RK0tgJ5"
    "ih1CsCwq3lbEiAbXb9syC5SNTNnIlI2stI2sYxiUc3FIYyvDRha93C6ykemiY2QXKZP+N6"
    "UuZ45uE0ktqyYIG5HsyA/ItWMvRL5d/6fOq6OTUzQIcQ/mlpmVz/ftA1bKYFM5arvNURP/"
    "VwA66N/AVf6wlFJ7WKDUHqaVWlnydKzzjAoV+SjHqRo3rU+PSwB9epyLM15KVEM02DQrPQ"
    "SP882JeVxSJC2bluGRv4ht8X2UGAuARSxi5sxUTkIy/aAdt1PiAKmcBBVX/D2Yl+nXqQXD"
    "rcDmOOUa2Fyz6MEmcdnWuaeBaLbK55ykVZyuM6eViq9UfKXil1bxuxPdsuHTcIQ9LqXiRy"
    "+3i1R8ih01Q/QsX+FHdBcRKg5q5WzmYLQIfO2wIPC2DFTBYA9mmxiwckAw+mQMv6iLVMEl"
    "n0BUnnExKEXU1hktiE7wmK7M4j5bujWGzAirAhIEVgWfHjtELAzk1vEsmwxDuQKr6oyYuS"
    "CANhW3GOtPNHlvZZqo44LZLjBNAPM08cFUQTtG1MB96uikjO4MvfI97ycp7XkJmnaPn26l"
    "6Z1FuyncdzjbN5H+jCtbZdNQjKhxq8r6LUPKQPGcUNYIhaZGBoqaLWRN4rJSW5XaqtTW0m"
    "prH3jUy3RK+1faRcoqhz6aVdYVfe1QghSvMLfBMYOCqlig/x50vntYBcZBTX+RQ4E10Sxn"
    "RrFGP3mpB45mfWLZix/Syuiax0eN84r5jUvt8j0opLGxRE1Xctk5Iwy0VnFTl81BBbZM8R"
    "Q68Wc0oNAmnAU9QBkGbRYVYS6fdOa61PHunLD7QVyHtWRHCoMGiq+kiT9QG6gcU5Ik+stX"
    "U3puHVfYdoGeG06JNNy50W5xoiYFu60vaZp5K0r+cUol+ddaJtwvyV+xeVU2y12vMo9DMq"
    "Xa1Zm/Ln0C+Wal1TpGqfzOdeayKmGaljBVCdN9tuEr8/L3sG4pw6MyPCrDY4WyMcLolFEv"
    "RnKjqFCMXyG+fPILBqTI0BQZfiL90ER+iVwY4YjD3IluW39A+5NuzyjGrowtY0wmM47lXI"
    "hkfH5CzDpvgrbHoQyt0cSQQ8BvMpLnTtFlFRoZJeSn2wyDny41mGsOydy1PGHbLGnwU1a+"
    "3Vr5kKtVk22iNA3cQ07KyGMn+eLYSUoaCwBbIY4lg7Rxs/ywFOKHBZAfpjGvHKKlwrMqhm"
    "etGpq1mbCsGs3njWh0U53zOWyxlSOzUoQNnN8byZF0LOOxch5qhKZ5por174z6EwgmrjZz"
    "Ky3Vcarm4byps/qmgFOl6bwkaCLGpRAuwDd1bBCzVz5UNaCt89rcuu13b/Ak1c75Ze8qqZ"
    "JuU52JJFh7ujfLSLAuh3pIXWvcO2eD3hdxhu15r9/5eNE9rwf4/gtofm2OKgtLBmnzlpiN"
    "SCXKsp+LfqMs+1NzRTbHKRWba81mkZ5uswfLWTW3PUqsggzqzOsJc7yxvZCVtLTfZ8zL2D"
    "KLSgnmDLBSlGXN+LyjGpsRZ0c1ViQptxfp+jrJgdf7gHrKo7obB+AX6lr3liEClM+gqZXh"
    "DEz1aRc5Bp8ivTVMgiztJeTW11em9WB5IpW8TdA8R802GcGcMonHiE7E2u4H9E9nLixIma"
    "7AbxipTES+3GEi9lpJj39GREoVr79jT16STWUBT7G3xqpwrQzy4Wewiu0hQl5nxFs33U+9"
    "/qB70yafO/3+L9c359pNFzqjOaJ72eldaIDQ1aduPUwSdcldr9X0X3/2uu55eOpPlWNDoy"
    "QqLyhLGFWGne9BC9yvvCCVNrJiQgG82myy2tccJ1U2nbrxuSa6bAc0T2PcyirtLq+0C6u6"
    "h32e01XzGbvm8M7v5eC9bxQZ8lXAJ+ryzHztfNk3QtJAyffopEwSE/QqiHtLpTHhR1UBYb"
    "97A9HdjH+TOV5mhlh+zfQIiSqaXrFo+k43s7//HyHvNQw="
)
