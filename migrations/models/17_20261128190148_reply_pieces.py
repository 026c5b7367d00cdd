"""Add `reply_pieces`: what a streaming reply grows by at each heartbeat, instead of its whole text in its row."""

from tortoise import BaseDBAsyncClient

UPGRADE = {
    "sqlite": """
CREATE TABLE IF NOT EXISTS "reply_pieces" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "text_at" INT NOT NULL,
    "reasoning_at" INT NOT NULL,
    "text" TEXT NOT NULL,
    "reasoning" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_reply_piece_message_9d1fe4" UNIQUE ("message_id", "text_at", "reasoning_at")
) /* What a STREAMING reply has grown by between two heartbeats. Settled replies need theirs no more. */;
""",
    "postgres": """
CREATE TABLE IF NOT EXISTS "reply_pieces" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "text_at" INT NOT NULL,
    "reasoning_at" INT NOT NULL,
    "text" TEXT NOT NULL,
    "reasoning" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_reply_piece_message_9d1fe4" UNIQUE ("message_id", "text_at", "reasoning_at")
);
COMMENT ON TABLE "reply_pieces" IS 'What a STREAMING reply has grown by between two heartbeats. Settled replies need theirs no more.';
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXWt32zbS/is4+tL2HMUbO3HaN/mk2GqqrW9rye12mz0URcIW1xSpEpQVdbf//Z0BSP"
    "FOE4pEUTS+JBaJAcFnQGBumPlvZ+aa1GZHZ1PdeaCd9+S/HUef4R+pO13S0efz6Dpe8PWJ"
    "zZsavA2/pk+Y7+mGD5fvdZtRuGRSZnjW3LdcBxv3iGhOfJcsp7pPdLJg1CPu0mFd4ixmE+"
    "pRk9x77owck6XlT90FNnrQ50dkbJlsTHQPqKeUwA/i3oteRKfmEQ7CdA0YheU81PS8hWP9"
    "saCa7z5QaObBU3//vYMP0SwT74uHdP79b/jbckz6BbCCNvhz/qjdW9Q2E9ALKn5d81dzfu"
    "2j9TBw/B95W3zFiWa49mLmRO3nKxi6syawHB+vPlCHerpP8Qm+t6B8OLYdsC7kkXiDqIkY"
    "ZYzGpPf6wka2IrUYQHSto2lX1yNt2B9pWifD8pAixpXgkuE6OF1gqIwDwKfgq/87OXnz5v"
    "uT12/e/XD69vvvT394/QO05ePN3vr+LzGYCC3RFcds8GlwNcIBuTAnxVzFC39xGt3XBRVn"
    "RoR+wC0pDkQ0z3MhxLyMDeGFiA/R19QyRkTAP8LbZmE/m1LjkZp9gDgDe0iRAh1epTmgd9"
    "jCmBKdkWF/OBxcX2lnP/WuPvXP0wtVASdm+hfNps6DP4Wfb05KQP6ldwtd33775uQ7cvZT"
    "/+xn8u1njtDnDhlckW+/SQ3gmy4JLw218/5FfySuXcK13qe+1js/T1xINLrt31z8hq88uh"
    "AXfu7/Noz3/OPgop/+HfXw3XfJyXAVDP4ER5+aFrDqZmfF34fXV0WLIcuZEqZl+OR/xLbY"
    "IX6PJVxHILDnGWN/2HEov73s/TON8tnF9UcOjsv8B4/3wjv4mILc8CiCo+l+FvlzuONbM5"
    "qPfpIyzYSA9Cj8YzusqHOLKuHEaAAfyqh3eZNgx3lv1Mc7J/zqKnX123cpFq07Ib8ORj8R"
    "/En+dX3VT3Nt3W70rw6OSV/4rua4S00340CGl8NLCS7HJJT0kqt7+eyNkTR5za2+0W20vJ"
    "avXSjW3T/mihYIXxbuH12PWg/Oz3TFQR/ACHXHoDkgBzL5XdDNgYH9VzibwqvRt+vpy7Uc"
    "HJ9k8O7wxtQX07I3POud9zsc4YluPC51z9QSUOMd98RNXVm3zd6anczSV3RHf+Dg4FvgmC"
    "NNyB9SxsRb5ylK69ul2hITjaqrS67zRD2m4xXQSKZUNwGdMbEYV0psnflkBn3CqFE7wWsM"
    "MDNgXpCJBzNp+oFYocICCoxjr8gCZoAHSo7tGo9whRN57jJXe6r58TnKVEpvSuhWAJ71RI"
    "P9Bi5B2987j3SFt/8tpWEVr3rbXPD2q2DtYLkrU6V8y7epDNJrghbuLievX1fAG1oVAs7v"
    "JSW1OXyarqPLYBwj2QjlYMI2E+TjSiAfl4B8nAWZrZhPZ9rcc2fzHIl4RL8UmAUyhG0AvE"
    "wE7v9zVK6MrCXgi+urT2HztIaSRH8KOpvrrbRgk8lRBgvNMnmkGxloGsaCwD5zcvz2+7c/"
    "vHn3dm2WWV8ps8ZkLS9cSpFZQ9YEbZjQNSzTINH7i5yZW2bcimiavBl2emejwS994nqkf3"
    "Vel1lLYBMatsQQ0MrEhyBlXZpbjkPz7O2ua1PdKdhC10Qp1kyAqjm82caS/vH6+iKxpH8c"
    "pNfsu8uPfdhTOejQyPIL7LuB6iCzzsRI2rfSbEv+jq3jYp8DABdOjqBSuE9m6NrkxdjaLo"
    "mqbihKbGAazSHfgn20YTO8TfbRhGlBhtMJwnps4IrJGzL5sFwdis0bsnkxNzdkc5JSsbnR"
    "bA4MvxISZkShBMznBUzlMlQuw4N0GaYWiS0g+rPo5bDWh6p4RqtiAk54PLm6u7jYlwv2Um"
    "hPnRz3a3irW+Z6jduBq7heHegCnZo6CZy23zCAi/JrYV95PtNKdJ+dz87Y9UzqrZ2pJp37"
    "0yAU9QMZW0wLXaljMtO9R9HKdSiZ69DQx0BU4XDlTyFs6i7ZEfl1atkUHu7Rub3Cvoej23"
    "7vcnD1qfvZsXxGlp7lU4+Ml673yD8c6H7BfCBw6JJgC5vqjBLLCduwcZfojkmY787RiWtQ"
    "Msa/NY/CxGZCQOLvwagPQ/fpF/gJFPCOICcz1wFwRCStzt9iRZYUfiyn1EH38IQ+6I54xJ"
    "gPW5tb1KBsTKbQnkfc4h8PnruE17Tg+ZWdxQE4wXyOYSrWZBMjc9FpPIfBOb6W9iHj35Ep"
    "luOiLRzfspV7ed/uZcG8DNKFZq51e2XeyjFvpb4MCXN4ilLZxKvbxD03P0Ci2C0UUjRZmO"
    "7cDfu3XdIbDgeg0V2N0Ds0/G046l/W4x5CjELnEA4FXUPrwfC4Zz4YKUcR7mhZThX7/sP2"
    "TeZTY33+uu/rxnRG8fEZzItjv1NkKgb8K2LA11KbzKRPELXBoFL3xG9xoECkhJCz68sbfh"
    "CkC6rJ9c0N/vFjb3DRP8edAnbJ/u3t3c1oP9EE63HiRrEeKd81xFj5cRY+WvwrNlqp/eTe"
    "ciw21cQXI8fwDGmDv7TOcrriOipXxwmFzs16uJpAKWLu9Q1y7aIPX+RPgsPAwKuR9uPgYi"
    "QkhRGId9pZ7+JiKMVQ6nmuB1wypSJek1QNZmRjbNACsVlk76m6OWUI24B23RuUANGjvrfS"
    "9HufeqD6wZDyzugV6uGlfaj4TBWfWX8YPY/Q1nz3kToyMzlDp2ZvdvYagJFNcRTyAOfSKp"
    "CzIPuur9vy+KbJFLQ581c3ptTcYO6m6RS4OQbQ0GIgj28eqYI4C/GCR5wyd+EZkrbmNGWD"
    "pYnOze31L4Pz/i0/iTAcDS57tdkP4jCFimY4HH4qIRyOlD4ZHl4C/BxDl/fK5NLX6JtZX4"
    "kzMd/V3jCnzNotLiNyJ4ga/KFsKHa/e1vhq3j3tnB+461UOH3MlZ7B+ZlQ+iSpCqNvckxm"
    "JkxEltu5HSieN5nnKqr+RbBZmNg34nOKVH3OTeazCqvfrUsjCj2UgDhBpFB+HuVkIGhVmJ"
    "NUTfawN/UIA4uyYn1lzH0qx9aBwV41+D45454/zyAWgi3AG4uhP6yVoyqyiSVTHRRp70GR"
    "WzxCcIMnCDo5Z0Vid7tlx0XiBxF4y2ePjPwqEoyvQ4iCIxjR0YXJikyov6TUIf7SJVOqe/"
    "4ENB52RIbU921qchKLMuJQ+OFPqeXB3y6ZwbzLnjWp44G56c3DRAaC+RjsGkjykVUefquU"
    "59Vs/XtOeR5jX1W/YUShDlOUurWkYE2TKWzzXN0qEr++eK89hYG/dNiT22vlsK8EVSuAr1"
    "lXLQwr3aEy1TTIq8r+ydnWpFTdQ5ByjSmuT50c8T92t1T8Z7ydhttHRfF/xM9iIxVWFHK9"
    "WXgIXAjaAWDvyfjetU0qkmjjaWsQ1Kn3DeNnvPkZaLzoAL1uW3+iUA5DyMr+O30ank4f+E"
    "iiE44Idh5Qd0GlMPQFW58xh85A2cDGeLLcB10DLnM/Dk/27Vs2nvFGpSQYnDjpHfYCtFhY"
    "6bMz/MeF5VPySOlcKCJEFNYJ0oZjcSYgJDAl6QP1oN2qkoKS1kISCcTFGe//dqKp1RF44e"
    "UO/TL3wnztwayLzFp8evB++bwJvv/h3UdQx0AX63B6mDJ4VXwKSvdpnO4TMFtCuokoWrHD"
    "KtGmRaKNStakkjU1XW6UStakBPJ2COSOeWbr1ixfHg9vPiOOO6ZmYLuq+ZtAUjTpbO6CQG"
    "qsUFoUAnIQSvZeSK8gphKQG0VqpXvLYz6ImGxJPZRRXZQnyVxf2a5uQntgwb1tGTnC+K4f"
    "9lyN0djDNfRbFci8cakYMxsJF4eqlVPX7lwsh6YZKIV5hrSFu/duDv6Jr00D3XQqA3maro"
    "V4bz/i+7CiQlVZyc2CBddbisTnFKdp4aekdLtDhXgzY0UOqYJcqdMNUKfjM1Pp1FXRraJY"
    "Z7ZABW8FeOMbf5MMFr/y05ydHGtFcKdbZqoIciZXNFOQuecawGmRz5nnZmZhUF4X0yXbrv"
    "OA/1tBhmYWpWg+Ih9dzAQNUi/j2ZUnItsWqpkTuP8NIwZW2c3LUl3XY59P0qxsD3UoYsW2"
    "B87ejRSzJKU6rtdozaxRJ66VBr5VPmfE6P3smz9a/HUzuya/Xrpn3kOLyjsmNk4UWDgiA9"
    "ibJis/2I94nYTJf6jhk7H4Hy2jY6xowAsm+CCKdfFPj4pqBhaPdbnt985/y9srd/tAXgqC"
    "WX9SjXe4rgehO467gMYmwZtkyes6CNcB/AGNbvpX5zyjKobT8OqNQOgiG0UHKL3CXvzHwv"
    "V1UVfCx4ILOPzeZydIuco7w+Acxw1fIdYduiUAhiMypl/mFszSsNAD9k+hHUclGAjv6ygs"
    "/zDT8fABlyO6hLk8iOezw8cPb4XcDIQPBg3hPvd7WIX+joxHI1XZIXBpxPShIDOu8m3s2b"
    "fB/5cAOmzfQqPJyelpFS/G6WmxFwPvpZJyfvGpk3/GsiTzbJyohUgfv6sA9HF6n45wxlvp"
    "yCXT0gVGEjgnqdoI9ElZVN4a6ZPvi6HGe6nD2uvdMIt1WXBkkq5N52dqiZOMMWCqn5y+k5"
    "noEUX7shFs3xna4kz/a6mUS7eYkE9Immm5epvCSVE2/2AsmIaPjyaWvF8qW79u2QtPKt14"
    "jKQN30PdYcKREiWzBiWpmvyVNCkKxmJaYAyWzjKZJlXFv6rnmTyseJimMOAgzHFJ7Sy0m8"
    "iyOUlZS440ZXPdjMm1Hkp/4aKBSuSloswOGWIV8lRnyJNKP7f99HP7cS7eUMeENzynoiJM"
    "J8fPmG7SLXM5mq47AyFa6IzVDxUFPjLuuXJc4T7D3FmM6M6Kp816TwRmJoEmYwdzJfFaV3"
    "5QRR0YhfcegAvB8XjhBlsYBvaTe7po909FL2QPWz3g4XqQfRgvNX/veoTqxlQ8kpNYLHxU"
    "FyN/llPLmNInIDJ0Zugm/UAYpQTf4G8mNSx+fP5vr18fn7zy6Mx90u2jmYkOVILcY58deB"
    "/8pPko4e9gBkZpBni9+MCb+IBjEuFGzi7Ci9TJ++1alEvKtzfGwtMgZ+xO7Du679PZPK+W"
    "cuFUj5O0yYuytSxksfVVVq1PkapgqqYp9g0JpvrkuYt5npQjbpTKNg/YpKJMg9oCg10cdt"
    "4pxjLB2sqOiLj6HxekhTDxDvRiPelIRrBibVZO+aqeVJxwE5TTsh17v3E8DYL6uNIufVyy"
    "Sx/n7NLrb0K6inQOaRsMi7v2wadg04pyQVUGXvvK3FBp/Bs05beP/sx1/Km9EtUbNR6jKq"
    "eOFXTQohqQNcf8KIdka0XahFl/bm7I5iSlYnPj2NwkzeWSYu7OTpH+Etx+XovRZrylRA7W"
    "gGBqzcXpBG5cBO1DJ7zD/FSqVYhyszCJQQqlIvRMFKccVYcR9qzEqE2utatffJOLf5VVv6"
    "k4jfJeqwCBBgYIPISmv6/0Za9NiAcGd1UvdvxTrpYWZQugvvSwi/0Im1hgLUfIDOquFQuX"
    "aJyu6PQnsPWb1PEt3eb+cPRBX8+p0xu8MtzZXPctzJBPHXPuAnzcj80f+IGMGQVaX2NUt4"
    "Mc/L3+8NXJ6btXn84uu2TiLtA17/LjtJaZd/a4tmeLAABMXSrM9ELwRTJuzTfFZWzMb2AJ"
    "ASEzH5Exzo31sWAuOqMXIJCYSg71Js7rcg5mRef1t6xk5xftAGjUTr8TF0Dig80CXRxOnC"
    "FsBeL1BxZzFKdWXjnVssjiBFkroE9O9iq2/2LTf47lH/YnGYTXBC3EdicRPxOerseTAjlO"
    "00qc3/5QCei3P5QgjTczxdvhLz8wUCbB/vvw+iof7CRV2pZkGT75H7EtdoiRViUgIx7lq3"
    "Z6ge4mLUPYQXrVhsfzcqTcDSgT45YlbJHrcGuBbsyCT8igIFvAg0wZfHMoFcBZgDFmgGls"
    "xXw6w8O0s3mO9FF6CLeghxrP4q6vxPHO16a3sY5s8RDulOomrMIbyNxZyjbE3NQtcwsUNX"
    "4SQGYDTdN91RZ6ODzYzQ6qXGIvwSWm4j5eBJttnfnagm3E6DRtLTkHFKc35PRefNwN46dy"
    "cR8kxOoMfJ1n4OuOGmjYGrG9oIH9eLiHmD3aHFLviXoF3u50k255KU1sFp6hfd7//Sse+t"
    "bNmeUwMtWfsOy8j0GSPLM17+sbXhgefcddjJlEHzVWhF87jC0TvdHYcnxEROF63weWMQKj"
    "tFehExr2xpzamvU+XiTjlvOckyFvz53vsH9jyXieFRz5SEJ393s+rgnFfNgsJOZFP9Xxt8"
    "bsS90S7/eevbPNXFRfgnO2Ycjv1De7F89howHeleOwZi94wzHeSXHfPXtmGwZ53WZlZW/c"
    "aPM8BCtUQ86Znem23cnRhvj1UhXIgBbVo391LsYTXUTWdnm1PJ8X0jGAYIk1dSyf19ChMJ"
    "/MD/jLXfi29URZoKYEKa2CUpJdHmaL6kLBibQ6Hso1HY/CB8H8sMYlG3fJ+lq0FI45Gdxg"
    "c5jIVEMZecxVHPzwPxCMoxAqD2YNWpGFY6MONH6kdM40HmgBM38MjxyHkcrraOG724ugBi"
    "G8is4eMatYRrWz7snYQl9rqLmCIjeOvE+8Mw4JUnLoJvRBd+CBI4zuCKsZZZQyJMJrosoR"
    "9vII89yBmcYTmunkT+q5Yda1iWuuRE/UrFylKGaoSXrLcgoWrXf4/JbJ1Hz5bWK1SvlvgK"
    "q0fdzmUfDUddWB/Pv5V5OcT1GrQO49q7LzhQfbQG4sd3H5iRhRk+3andv+zcVvXdj0Rhd9"
    "+A82OKxBcXZ9eXMBu6UQdHZfhyJAKyxEwQeF1Sf4sPgfMDD8PxqYVEkKFUS7a/0h3KlkQI"
    "7TtBLn3ejCia09i/dzJSiStKoGRfXwt+w2LYF8llhBXx36tOQtY1HOo23FclO3VTmr6mzC"
    "hlKbkWJEFUYYtgWLiGbluKmLd9sEUfusom+r1Ap9W1wq9G2mUijXNWHBkBNqklTtw/lNJe"
    "nxTYn0+CYrPYZrg5xGm6RqH9THJ1XkR2hVUiw0Iz2q+OWNlvFDMDS/kJKZw7uzs/5wiHaK"
    "/u3t9W09JopkqcxgDGiS4GOQskaIrgoS1xafEEtSqdNhWS2Bep7rSScETlK1bxvZfpyvQC"
    "zQp2R0gAxhG9CuW/oXIHqUV0W4B0Vqg+OmpX2opSXPABF482SLF2YI1ZTfxPIQ86VuhH5I"
    "qNCXR1+ckpbPGZChUwtLTh5xwEgUYNskKUMOrQI5B2TdmILmKg9wmk6Bm7c16sx14Iny+O"
    "aRKoizEC94mApzF54hGYeQpmzw/te5ub3+ZXDev+Wa/XA0uOyN+uf1aPdxmEIdPxwOV/LD"
    "4Ugp+ubCE/VOZjIfRYpKVZTLywNjeSyQLOTAzRKq9SYLrzosvXsjShRsWBXhiELhWyHmKw"
    "rulMA4SaVwrmDNTgTaVj9qFqdSOKvkCiq5QrPA3klyheCz3wKqMOv9YdTbYa0VVbFNrpIJ"
    "eGEI5Oru4qKTt+ltAd/LqKd2Ypvc6StgmxttK41rkHCinZhGEmoFPFWila9LtBKhup8Dha"
    "IyHdYV7eQcK4zd7VYoW4cNJarWCXOhKD4XFtjgxxTF8TN+ni3MbsL75rlO7kZnH8iY/+aH"
    "4CyfEW4QgDYz6uSkU9nxs56tkcfpM2U+pE6ElVWFzZUNcywgwbwsk1b2eySsxhKwxQfFZu"
    "Fsl4mqWxOpgLpGB9QV+TbKPq+vdGo0jZ37KbSsihPWr/mqynlfKZvtOQke1jwryvewvlcq"
    "lrnQSpNP/LAAfnlkqa+6JCi/tpy6DP51vUe4gQkYTIua7wlP2IDiE8pFmH/OEukIbGo+YA"
    "8W3HcopjfAZApL0RKTzuHpRVaYA6Ku52M6iIFPeEZ1JA9kwZm+AnmQPIgHi6QT1DGx6Buv"
    "njGh9/AJrRNEhM7v9WWPipwMsLAB2tQLuoVrn51AX4V3MNd9c9mzS8aJSBsuboJIShmIDf"
    "DNHZEeRviRsUl1U0T7jYnjhpgY0BTGPFmwoJZdcQG6wnwNyewImdwKKoOBymCws6gBlcGg"
    "QK9QGQxUBgOVweBAgFcZDFoOvcpg0IBIdpXBoCGMUBkMsrutymCgMhi0DGqVwaA5y/ihOV"
    "xUXKGKk20Tziree7f4qjMLu8d4vyeBm7bb7iDHAFq2is+plsUa5BC3CeSagw5i3jqJaZ6i"
    "ahP+OzgtLA1vHqnCOAfjyNErqyElKevRkOr0vLZJQVIHgtSBoCYGRT17IGg/MVF3qK9+XB"
    "iP1O/khEXFb3fLIqNEqoAJbykRsc4WsyCGHPFZh5DziBsMFwrLzfAnpiLLeYUXGC45PiUz"
    "y1n4eRFQu3gIhjlhv6a+4v1inZcVwaWf/CkKdD4AJfTCFsYUnipQgefCJ+D5XTIWF7DozB"
    "EWuEF9locnico3sInHRugufOgC65J+dnCQ0McqVqgGxw6UYj4VlpRJlIhZPx1/RNq0CI1I"
    "B9X/HmsuF7GkIuy3K4YXBzIlGCoj1yQIleG30XJN7YaypjFz5xZfFUu241iydeB09Y1iTd"
    "ImjbZmqw3PaiqJe0SjgN8Y+GfswmX4t9o0XDMbKuSSLF2CtpZOUrGDC5Zl6d/KGNHiDHA1"
    "s0DZyJSNTNnIKtvIeoZBGeNVgDs5NrL47W6ZjUznDWO7SJUDhHPqMdfRbSKoRd4FbiMSDd"
    "kRuXbsFT+xN/yp9+rk9B0ahJgPc8vMOxH49R1KnYFTp9z2e8qN/y8BdNi+hav8cSWl9rhE"
    "qT3OKrUiaepUZzk5LopRTlK1blq/e1sB6HdvC3HGW6l8ioY7zzsegsXjC2Ie1xRpy6Zl+O"
    "R/xLbYIUqMJcAiFglzZuZMQvr4QTdpp8QOMmcSVFzxSzAv0y9zC7rbgM1Jyi2wuWHRg23i"
    "sq0zXwPRbJPPOU2rON1kTisVX6n4SsWvrOL3Z7plw6fhcHtcRsWP3+6WqfgUG2oGb1k9Rx"
    "BvziNUHNTK3YWD0SLwtcOCwLoiUAWDPVzbxICVI4LRJ1P4RT2kCm8FBDx3jYdBKTw7z2RF"
    "dIJ1HHPTA9X0aAyZ4VYFJAitCgE9NohZGMid41s2GUdyBeblmbjmigDalD9iqj/R9LOVaa"
    "KJC2a3xDQBzNP4ByODdoKohfvUyWkV3RlaFXveTzPa8xo07R4/XanpnUe7K9z3ONt3cfwZ"
    "VzZp01CCqHWryvYtQ8pA8ZxQ1gqFpkEGioYtZG3islJbldqq1NbKausQeDTIdUoHd7plyi"
    "qDNppV1RV97VCCFK/wbINjhilZMcX/Peh897AKTMOqAPwMBeZEs5wFxSz/5Fs9dDTrM8te"
    "fZdVRrfcP2qcV25wca1dvgeFNNEXzwpLLntnxAWtlT/Uc5egAlsmH4VOghkNKHQJc8MWoA"
    "yDNouKMBMjXXgedfzPTtT8KKnDWqIhhU5DxVfQJAfUBSrHFCSp9uLVlJ7bxBW2W6LnRlMi"
    "C3dhtFuSqE3Bbts7NO36G0r+SUol+TdaJjwsyV+xeVM2i11PmscRmVLtmsxfjz6BfLPRap"
    "2gVH7nJnNZpTDNSpgqhekh2/CVefklrFvK8KgMj8rwKJE2hhudcvLFCG6UJYoJMsRXP/yC"
    "ASkiNEWEnwg/NBFfIuNGOOK43ky3rT/h+pNuLyjGrkwtY0pmC4bpXIhgfPGBmG0+BG2PYx"
    "Fao/Eux4DfbCIqV9F1FhoRJRQctxmHPz1quJ45JkvP8rlts6LBT1n59mvlQ67KHraJ07Rw"
    "DzmtIo+dFotjpxlpLARsgziWHNLWzfLjSogfl0B+nMVcOkRLhWdJhmdtGpq1m7CsBs3nnW"
    "h0c52xJWyx0pFZGcIWzu+dnJF0LONR+hxqjKZ9port74z6EwgmnrbwpJbqJFX7cN5Vrb45"
    "4CQ1ndcEbcS4EsIl+GbKBrm2ZFnWkKLJK3Lnbti/xSqsvfPLQU0FWBGXsPoqPh5rrfLHS5"
    "VZZb7uL3IOX5dxJKJpNE96Z6PBL33kyvlg2Pt40T+vhzECnpA1YhTInHAUUvwJ3lYLUnvI"
    "rEs5pO1boXYi1CjHQCH6rXIMzM0N2ZykVGxuNJv56XbbfbCcTY/Gx4lVjEKTeT1zHX9qr0"
    "QiLu2PhevnbJllmQgLOtgoSLNhfN5Tis6Yr0SOFWnK+gJlX6c58PoQUM84ZPfjP/yFeta9"
    "ZfD45jO41MnxJWbadMv8ik+x1hqeoazsZGTWl1em9WD5/CR6l6B1j5pdMoE5ZRLfJTrha3"
    "twHmC+8GBByvUkfkVPVQL6xQ4TM/cKevwzJlKqcP89OwLTbKoKeIa9DdabG2XPjz6D6uaJ"
    "GFGTce7c9j8NhqP+bZfc9IbDX69vz7XbPjRGi0X/sje40ACXq0/9eqwWAWqh2SIcHBouks"
    "PDK/HhSZkzmnJsvlGfzvYPzuu+jwWHZCqWxknUkaQ8QVYZhV6CBnlYR5LUiZUNzzLAqy1m"
    "m33NSVJlD2oanxuiB/dAazWmnbys8uJOtzShfNTmOT23mLFbjix9KTX/vlJkKFYfn6jHco"
    "+KF8u+MZIWSr4np1XOT0GrkpC7zAkq/KgkEA6atxDd3fhGXcfPPZxWnK49RqLytUvma9/r"
    "ZvbX/wMgFf9r"
)
