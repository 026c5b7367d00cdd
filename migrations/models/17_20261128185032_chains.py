"""Chains of messages in place of a flag on every message of the selected branch: docs/decisions/0061-chains.md."""

from tortoise import BaseDBAsyncClient

CONTRACTS = "no released version reads is_selected"

# The oldest child of a message continues its chain, as it did when it was stored. Any other child begins one.
UPGRADE = """
ALTER TABLE "messages" ADD "chain_id" VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE "messages" ADD "forked_from" VARCHAR(32);
CREATE TEMPORARY TABLE "continuing" AS
    SELECT min(id) AS id, parent_id FROM messages WHERE parent_id IS NOT NULL GROUP BY parent_id;
CREATE UNIQUE INDEX "continuing_parent" ON "continuing" (parent_id);
CREATE UNIQUE INDEX "continuing_id" ON "continuing" (id);
CREATE TEMPORARY TABLE "chained" AS
    WITH RECURSIVE chained (id, chain_id) AS (
        SELECT CAST(id AS VARCHAR), CAST(id AS VARCHAR) FROM messages WHERE NOT EXISTS (SELECT 1 FROM continuing WHERE continuing.id = messages.id)
        UNION ALL
        SELECT continuing.id, chained.chain_id FROM chained JOIN continuing ON continuing.parent_id = chained.id
    )
    SELECT id, chain_id FROM chained;
CREATE UNIQUE INDEX "chained_id" ON "chained" (id);
UPDATE messages SET
    chain_id = chained.chain_id,
    forked_from = CASE WHEN chained.id <> chained.chain_id THEN NULL ELSE coalesce(
        (SELECT above.chain_id FROM chained AS above WHERE above.id = messages.parent_id), messages.session_id
    ) END
FROM chained WHERE chained.id = messages.id;
DROP TABLE "continuing";
DROP TABLE "chained";
DROP INDEX "idx_messages_session_91132c";
ALTER TABLE "messages" DROP COLUMN "is_selected";
CREATE INDEX "idx_messages_session_334b10" ON "messages" ("session_id", "chain_id", "order");
CREATE INDEX "fork_index" ON "messages" ("forked_from", "order") WHERE "forked_from" IS NOT NULL;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVt32za2/itYemm7luKJHdvtSZ4UW0116tux5HY69SwKImGLY4pUCcqO2ul/P3sDJM"
    "W7SUWiKAYviUVig+C3QWDf8Vdn5hjM4gdnU2o/ss578lfHpjP8I3GnSzp0Pl9dxwsenVii"
    "qS7aiGt0wj2X6h5cfqAWZ3DJYFx3zblnOjY27hHZnHgOeZlSj1Cy4MwlzovNu8RezCbMZQ"
    "Z5cJ0ZOSQvpjd1Ftjokc4PyNg0+JhQF6injMAP4jzIXmSnxgEOwnB0GIVpP9b0vIVt/rFg"
    "muc8MmjmwlN//72DD9FMA+/Lh3T+/W/427QN9hmwgjb4c/6kPZjMMmLQSypxXfOWc3Hto/"
    "k4sL0fRVt8xYmmO9ZiZq/az5cwdDskMG0Prz4ym7nUY/gEz10wMRzL8lkX8Ei+waqJHGWE"
    "xmAPdGEhW5FaDmB1raNpV9cjbdgfaVonxfKAIsIV/5Lu2DhdYKhcACCm4Jv/OTp69+77o7"
    "fvTn84Of7++5Mf3v4AbcV407e+/1sOZoWW7EpgNvg0uBrhgByYk3Ku4oW/BQ31qKQSzFih"
    "73OrEgdWNK9zIcC8iA3BhRUfVl9TyxixAv4J3jYN+9mU6U/M6APEKdgDigTo8CrNAb3DF/"
    "qUUE6G/eFwcH2lnf3Uu/rUP08uVDmcmNHPmsXsR28KP98dFYD8S+8Wur799t3Rd+Tsp/7Z"
    "z+Tbe4HQfYcMrsi33yQG8E2XBJeG2nn/oj+S1y7hWu9TX+udn8cuxBrd9m8ufsNXHl3ICz"
    "/3fxtGe/5xcNFP/l718N138clw5Q/+CEefmBaw6qZnxf8Or6/yFkOeMSUMU/fIf4ll8n38"
    "Hgu4jkBgzzPO/7CiUH572ftnEuWzi+uPAhyHe4+u6EV08DEBue4yBEejXhr5c7jjmTOWjX"
    "6cMskEn/Qg+GMzrKhziyrgxGgAH8qod3kTY8d5b9THO0fi6jJx9dvTBIvCTsivg9FPBH+S"
    "f11f9ZNcC9uN/tXBMdGF52i286JRIwpkcDm4FONyREJJLrnUzWZvhKTJa275jW6t5bV47U"
    "Kx7uEpU7RA+NJw/+i4zHy0f2ZLAfoARkhtnWWA7Mvkd343ewb238FsCq6uvl2XvoRycHSS"
    "wbvDGzNPTsve8Kx33u8IhCdUf3qhrqHFoMY7zpGTuBK2Td+aHc2SV6hNHwU4+BY45pUm5A"
    "0Z5/KtsxSl8HahtsRlo/LqkmM/M5dTvAIayZRRA9AZE5MLpcSi3CMz6BNGjdoJXuOAmQ7z"
    "gkxcmEnTD8QMFBZQYGxrSRYwA1xQcixHf4Irgsh1XjK1p5ofn6FMJfSmmG4F4JnPzN9v4B"
    "K0/b3zxJZ4+9+VNKz8VW+TC95uFawtLHdFqpRnehargnRI0MLd5ejt2xJ4Q6tcwMW9uKQ2"
    "h0/TsWkVjCMka6HsT9hmgnxYCuTDApAP0yDzJffYTJu7zmyeIRGP2Occs0CKsA2AF4nA/X"
    "+OipWRUAK+uL76FDRPaihx9KegsznuUvM3mQxlMNcsk0W6loGmYSzw7TNHh8ffH//w7vQ4"
    "NMuEV4qsMWnLi5BSqqwhIUEbJnQNyzRI9N4iY+YWGbdWNE3eDDu9s9Hglz5xXNK/Oq/LrC"
    "WxCQxbcghoZRJDqGRdmpu2zbLs7Y5jMWrnbKEhUYI1E6BqDm82saR/vL6+iC3pHwfJNfvu"
    "8mMf9lQBOjQyvRz7rq86VFlnIiTtW2k2JX9H1nG5zwGACztDUMndJ1N0bfJibGyXRFU3EC"
    "XWMI1mkG/APtqwGd4m+2jMtFCF0zHCemzgislrMnm/XB2KzWuyeTE31mRznFKxudFs9g2/"
    "FSTMFYUSMF8XMJXLULkM99JlmFgkNoDoz7KX/VofyuK5WhVjcMLjydXdxcWuXLCXUnvqZL"
    "hfg1vdItdr1A5cxvVqQxfo1KTEd9p+wwEuJq4FfWX5TEvR3dv39thxDeaGzlSDzb2pH4p6"
    "QETkqmnjTUrchR2l7hJG9akg0qemZQSuV8dmZMIeYDIfkIGHpIiTQeiDx1xievzefjDdlc"
    "u2S6htwHhDFy57hnaBsxbayzG8hxFAp0/Q96Npw3hsB52z+LgDMnTgrnT1yrE+sBfi+u7e"
    "h3tbvGMwYhgnjtHvFXH7h8F0U3jE//H27enhG3GLH8wMgdCv8HYM35/NrSV2Pxzd9nuXg6"
    "tPXTG8F9fENxu/wOjEGjAmswW8nwvf5YtoYTHKGQEc/TZ8LF+ae84c/dE6Az7gD81l8JFy"
    "KewJnnDmfSBjj32Gn0gyBpGfOzbweRUULBzg3KZzPnW80h5sf174H5l45eCDQ7TQjf1XZ/"
    "VVdBB8GBdOjVijDvs8d4OAAv9BwZeBNJp4qvgI/OWrI4hg6uMP8utP/ds+uY/2j1bVIYHV"
    "xv/U0aE+h7e1PS3pX8e/V2ZqAbS2sD3TUq73Xbve5QxJIZ1rAgzbK9Nfhukv+oGWnbpRmh"
    "1Lvo2bt3/FFqnIwlYW3ASZ0t1eR9p1smNx8j2QAUWT9bbO3bB/2yW94XAwHPWuRuiIHP42"
    "HPUv6/FEIkaBHxKHgl7IcDAixF4MppJPEgWONKfyw0yC9k3mU2PDS6jngVw6Y/j4FOb5aQ"
    "YJMpVu8AXpBqFUXWXSx4jasP7XPfFbHJMS0RHPri9vRM5RFzTH65sb/OPH3uCif447BUh6"
    "/dvbu5vRbgJXwnHiRhGOVOwacqwic0qMFv+KjLbSfvJg2iafavKLqcbwFGmDv7TOy3QpVH"
    "Jh+SEMOjfq4WoMpRVzr2+Qaxd9+CJ/khwGBl6NtB8HFyMpKYyury+0s97FxbASQ5nrOi5w"
    "yagUXB2najAjGyMyS8RmK9Ni2c0pRdgGtOveoCSILvPcpSbslxpnMKSsdNBcs0ZhHyoUWI"
    "UC15+xIZIBNM95YnaVmZyiU7M3w04HGFkMR1Ed4ExaBXIaZM/xqFUd3ySZgjZj/lJ9yow1"
    "5m6SToGbBje0GFTHN4tUQZyGeCGCm7mzcPWKtuYkZYOlic7N7fUvg/P+rUh6GY4Gl73a7A"
    "dRmAJFMxiOSIAJhlNJnwzy5AA/WxfwpnhXmA+TSV9jakx4JcrE7KiOhuXEhGELVUTuGFGD"
    "P5Q1xe7T4xJfxelx7vzGW4nMjUhkQgrnV7I24qQqY6PJ4b+pKJ6q3M7sQPG8yTxXCRxfBZ"
    "uliX0tPidI1efcZD6rDI7tujRWkZwVII4RKZRfRzke3lsW5jhVkz3sTc2W4asCbF+Y3pEo"
    "57ZnsJfN84jPuNdTZ+RCsAF4I+ka+7VylEU2tmSqnKT25iQNGXX1KYYCdDLSkiJ3u8VFIb"
    "GdhpGcJbOTRqLQIlJh9XrHnQUJR55nwRU/9uA9GT84lsFkwUZMh3FeYHJ8w8mMuk8iqQUv"
    "2kBPLfNPIMQhpHOatvo0zPORyUqUCESwc5+6SyZMpwse5gBBZ67zgo0x9cdjNl4WipwoLO"
    "mZFpabnFIeDE5m+wS9AK3MShr+34XpMfLE2ByDhkyXyCLufolKPAgACAnMR/bIXGi3zK/1"
    "H1T1CGpO5hWrlDkzicQexOu1VB5/eqSSeYZ3H4ej28HVp043ktUjPwV1tEDjjhbwmZ3iQH"
    "4g0YqiFeJg3SFEkQ+zghwep2oF8KowwF5CrAoD1FkYIDfQc4vqzb4CG18jm1Snfchs48yi"
    "5ixbHg9uviKO24amY7uytQJAUjTYbO6AQKovUVqUArLvS3ovpVcQUwnIjTLZX+bhU5u/ML"
    "cbZtTP6dJyqAHtgQUPlqlnCOPbfthr51lFHq6h4poj80alYswUF+K7qsvegOTwJAMrYZ4i"
    "beHuvZ3IX/m1aaCbTqtZ3+N0LcR78yEf++UWVkcYrectDLeUCp9TlKaFn5LS7fYV4vWMFR"
    "mkCnKlTjdAnY7OTKVTl0W3jGKd2gIVvCXgjW78TTJY/CrCuTsZ1gr/TrfIVOEXtStppiBz"
    "19GB08TDQ6xF8Twu/Gom1hSknFiO/Yj/m34JPb6qoXdAPjrelKDUy0X5u4lMt0c1cwL3v+"
    "FExxPdsioi1vXY12vvKdtDHYpYvu1BsHctxSxOqeJ1G62ZNSrlQmngG+VzSozezb75oyle"
    "N7VriuuFe+YDtCi9Y2LjWDFfrKzLYRfy/P1I1N2d/IfpHhnL/9EyOsaSs+I0VA9EsS7+6T"
    "JRbhY3OZOT237v/LesvXK7DxRlh7n5J9NEh2HtYWrbzgIaGwRvkhdRd1e6DuAPaHTTvzoX"
    "JZUwnEacFASEDrJRdoDSK+zFfywcj8oaxnDVJjj83r3t11wSnWFwju0ErxDpDt0SAMMBGb"
    "PPcxNmaVCIF/tntiFR8Qci+joIyvPO6JJMmJAjuoQ7Iojn3hbjh7dCbvrCB4eGcF/4Pcx1"
    "C/YGLo2IPuSXxlK+jR37NsT/FYAO2rfQaHJ0clLGi3Fyku/FwHuJqjyfPWZnB1kXlJ6KEr"
    "UQ6cPTEkAfJvfpyKGzp+mj3AyTSowq4BynaiPQR0VReSHSR9/nQ433Etka4W6YxrooODJO"
    "16bC2bXESUYYMKVHJ6dVJvqKon3pSJt3hra41GcolQrpFitySEkzKVdvUjjJK+fpjwXrcI"
    "jRRKp3VirXSU1r4VaqNxghacP3UHeY8EqJqrIGxama/JU0KQrG5JpvDK5cZiZJqg5fLl9o"
    "Zr/iYZrCgL0wx8W1s8BuUpXNccpaiiQom+t6TK71fIivXDRQmfwqymyfIVYhT3WGPKn6E5"
    "uvP7Eb5+INsw14w3MmS0J3MvyMySbdIpej4TgzEKKlzlg+qcj3kQnPle1I95nNmIFHcC7J"
    "DGbVeyIxMwg0Gduw1Wui2L3nH3MJjMJ7j3iSqEyPl26wha5jP5nZRdt/Knohe9jqEZPrQf"
    "bh4ljQB8eVx4Q+SO8jFY5L/1FdjPx5mZr6VB5SSrlODfaBcMbSB4keHr1x2cx5phaeJIpn"
    "oSL3+L0N74OfdHDuqT8DV2UGvClbBt7ER3Gcqgg3srcRXqQy7zdrUS44DrMxFp4GOWO3Yt"
    "+hnsdm86zD1HKnepSkTV6UjZXVjqyvVdX6BKkKpmqaYt+QYKpPrrOYZ0k58kahbPOITUrK"
    "NKgtcNjFYeedYiwTrK38gMir/3FAWggK70Av5jNFMoJHVqXllC/qScUJN0E5LdqxdxvH0y"
    "CoD0vt0ocFu/Rhxi4dfhOVj5HLIG2DYXHbPvgEbFpeLajSwGtfWBsqiX+Dpvzm0Z85tje1"
    "lvL4Fk3EqFZTx3I6aNEhMDXH/CiHZGtF2phZf26syeY4pWJz49jcJM3lkmHtzk6e/uLffl"
    "2L0WaiZYUarD7B1JzL7ARhXATtgxLRYXYp1TJEmVWY5CClUhF4JvJLjqpkhB0rMWqTa+3q"
    "F93kol9l2W8qSqO81ypAoIEBAo+B6e8LfdmhCXHP4C7rxY5+yuXKomwA1K897GI3wiaesJ"
    "AhZPoHL+QLl2icLun0J7D1G8z2TGoJfzj6oK/nzO4N3uAR1dQzsUI+s425A/AJP7Z44Acy"
    "5gxoPY0zavk1+Hv94Zujk9M3n84uu2TiLNA174h0WtPIyj2u7dkyAABLl0ozvRR8kUxY8w"
    "15GRuLG3iEgJSZD8gY50aYFixEZ/QC+BJTQVJvLF9XcDAtOoffspKdv2oHQKN2+q24AGIf"
    "bBro/HDiFGErEK8/sFigODWzzlMqiiyOkbUC+vhkL2P7zzf9Z1j+YX+qgnBI0EJstxLxMx"
    "HletxKIEdpWonz8Q+lgD7+oQBpvJk6vRH+8nwDZRzs/x1eX2WDHadK2pJM3SP/JZbJ9zHS"
    "qgBkxKN41U4u0N24ZQg7SK7a8HhPRFShG7BKjFuasEWuw40FunETPiGdgWwBDzKq4JtBqQ"
    "BOA4wxA1zjS+6xGSbTzuYZ0kdhEm5ODzXm4oZXonhna9ObWEc2mIQ7ZdSAVXgNmTtN2YaY"
    "m7plbomiJjIBqmygSbov2kL3hwfb2UGVS+xrcImpuI+vgs0W5Z624GsxOklbS80Bxek1Ob"
    "0TH3fD+Klc3HsJscqBrzMHvu6ogYatEZsLGtiNh3uI1aONIXOfmZvj7U426RYfpYnNghza"
    "1/3fv2LSNzVmps3JlD7jsfMeBkmKytair2/EwfDoO+5izCT6qPFE+NBhbBrojcaW4wMiD6"
    "73PGAZJzBKaxk4oWFvzDhbs97Hy2Lc1TznZCjaC+c77N94ZLyoCo58JIG7+70Y14RhPWwe"
    "EItDP1X6W2P2pW6B93vH3tlmLqpfg3O2Ychv1Te7E89howHeluOwZi94wzHeyuG+O/bMNg"
    "zyus3Kyt641ua5D1aohuSZnVHL6mRoQ+J6oQqkQ4vy0b9UiPGEysjarjgtzxMH6ehA8IJn"
    "6pieOEOHwXwyPuAvZ+FZ5jPjvpril7Tyj5LsijBbVBdyMtLqeKjQdFwGHwT3gjMu+bhLwm"
    "urpXAsyOAGn8NEZhrKyGOh4uCH/4FgHIVUebBq0JIsbAt1oPETY3OuiUALmPljeOQ4iFQO"
    "o4Xvbi/8MwjhVSh/wqpiKdXOfCBjE32tgeYKitx45X0SnQlIkFJAN2GP1IYHjjC6IzjNKK"
    "WUIRFek6ccYS9PMM9tmGmioBklfzLXCaquTRxjKXtiRulTiiKGmri3LOPAonCHz24ZL82X"
    "3SZyVqn4DVAVto/aPHKeGp46kH0/+2qc8wlqFci9Y1V2vnBhG8iM5c4/fiJC1GS7due2f3"
    "PxWxc2vdFFH/6DDQ7PoDi7vry5gN1SCjrbP4fCRys4iEIMCk+fEMMSf8DA8P/VwCodSaGC"
    "aLetPwQ7VRWQozStxHk7unBsa0/j/doRFHFadQZF+fC39DZdAfk0sYK+PPRJybuKRTmLth"
    "XLTd1W5bSqsw4bCm1GihFlGKFbJiwimpnhps7fbWNE7bOKHpc5K/Q4/6jQ49RJoULXhAWj"
    "mlATp2ofzu9KSY/vCqTHd2npMVgbqmm0car2QX14VEZ+hFYFh4WmpEcVv7zWMr4Phuav5M"
    "jM4d3ZWX84RDtF//b2+rYeE0X8qEx/DGiSEGOoZI2QXeUUrs3PEItTqeywtJbAXNdxKxcE"
    "jlO1bxvZfJyvRMzXp6roACnCNqBdt/QvQXSZOBXhARSpNdJNC/tQS0uWAcL35lU9vDBFqK"
    "b8OpaHiC91LfQDQoV+dfRllnT1mgEpOrWwZNQRB4zkAWzrFGXIoFUgZ4BM9SlortUBTtIp"
    "cLO2RsodG55YHd8sUgVxGuKFCFPhzsLVK8YhJCkbvP91bm6vfxmc92+FZj8cDS57o/55Pd"
    "p9FKZAxw+GI5T8YDiVFH1j4crzTmZVPooElTpRLqsOjOlyX7KoBm6aUK03aXhVsvT2jSir"
    "YMOyCK8oFL4lYr5WwZ0VMI5TKZxLWLNjgbblU82iVApnVVxBFVdoFthbKa7gf/YbQBVmvT"
    "dc9bZfa0VZbOOrZAxeGAK5uru46GRtehvA93LVUzuxje/0JbDNjLatjKtfcKKdmK4k1BJ4"
    "qkIrX1ZoZYXqbhIK5cl0eK5oJyOtMHK3W+LYOmxY4dQ6aS6Uh88FB2yINEWZfiby2YLqJq"
    "JvUevkbnT2gYzFb5EEZ3qcCIMAtJkxO6Ocypaf9eoZeYI+dcxHpYywolNhM2XDDAuIPy+L"
    "pJXdpoTVeARsfqLYLJjtVaLqQiIVUNfogLo830bR5/WFTo2msXM3By2rwwnr13zVyXlfKJ"
    "vtuAgennmWV+8hvFcoljnQSqte+GEB/HLJC112iX/82svU4fCv4z7BDSzAYJjMeE9EwQYU"
    "n1AuwvpzpixHYDHjEXsw4b7NsLwBFlN4kS2x6BxmL/LcGhB1PR/LQQw8IiqqI7kvC87oEu"
    "RB8igfLItOMNvAQ9/E6RkT9gCfUFggInB+h5ddJmsywMIGaDPX7xau3du+vgrvYIR9C9mz"
    "S8axSBshboJIyjiIDfDNHZAeRviRscGoIaP9xsR2Akx0aApjniy4f5Zd/gF0ufUa4tURUr"
    "UVVAUDVcFga1EDqoJBjl6hKhioCgaqgsGeAK8qGLQcelXBoAGR7KqCQUMYoSoYpHdbVcFA"
    "VTBoGdSqgkFzlvF9c7iouEIVJ9smnFW893bxVTkL28d4t5nATdttt1BjAC1b+XmqRbEGGc"
    "RtArnmoIOIt67CNE9QtQn/LWQLV4Y3i1RhnIHxytFbVUOKU9ajIdXpeW2TgqQSglRCUBOD"
    "ol5NCNpNTNQd6qsfF/oT8zoZYVHR292iyChZKmAiWlaIWOeLmR9DjviEIeQi4gbDhYLjZs"
    "QTE5Hl4oQXGC45PCEz0154WRFQ23gIhjlhvwZdin7xnJclwaWf/CkP6HwESuiFL/QpPFWi"
    "As+FT8D1umQsL+ChMwd4wA3qsyI8SZ58A5t4ZITOwoMu8FzSexsHCX0sIwfV4NiBUs6n3C"
    "NlYkfEhE/HHyttWoZGJIPqf480rxaxpCLsNyuG5wcyxRhaRa6JESrDb6PlmtoNZU1j5tYt"
    "viqWbMuxZGHgdPmNIiRpk0Zbs9VGVDWtiPuKRgG/NvCv2IWL8G+1abhmNpSoJVm4BG2snK"
    "RihxAsi8q/FTGixRXgamaBspEpG5mykZW2kfV0nXEuTgHuZNjIore7RTYyKhpGdpEyCYRz"
    "5nLHphaR1LLugrARyYb8gFzb1lJk7A1/6r05OjlFgxD3YG4ZWRmBX95hpRw4leW22yw38X"
    "8FoIP2LVzlD0sptYcFSu1hWqmVRVOnlGfUuMhHOU7Vuml9elwC6NPjXJzxVqKeou7Ms9JD"
    "8PD4nJjHkCJp2TR1j/yXWCbfR4mxAFjEImbOTOUkJNMPunE7JXaQyklQccVfg3mZfZ6b0N"
    "0abI5TboDNDYsebBOXLco9DUSzdT7nJK3idJM5rVR8peIrFb+0it+fUdOCT8MW9riUih+9"
    "3S1S8Rk21HTRsnyNINFcRKjYqJU7CxujReBrhwWBd2WgCgZ7OJaBASsHBKNPpvCLuUgV3P"
    "IJRO0aF4NSRHWeyZJQguc4ZpYHqunRGDIjrApIEFgVfHpsELEwkDvbMy0yXskVWJdn4hhL"
    "Amgz8YgpfWbJZyvTRBMXzG6BaQKYp4kPpgraMaIW7lNHJ2V0Z2iV73k/SWnPIWjaA366la"
    "Z3Fu22cN/hbN9G+jOubJVNQzGi1q0qm7cMKQPFa0JZKxSaBhkoGraQtYnLSm1VaqtSW0ur"
    "rUPg0SDTKe3f6RYpqxzaaGZZV/S1zQhSvMHcBtsISrJiif8H0PkeYBWYBqcCiBwKrIlm2g"
    "uGVf7JtzRwNNOZaS2/SyujG+4fNc4rx78YapfvQSGN9SWqwpLL3hlxQGsVD3WdF1CBTUOM"
    "ghJ/RgMKXcKdoAUow6DNoiLM5UgXrsts795eNT+I67CmbMig00DxlTTxAXWByjYkSaK9fD"
    "Wl5zZxhe0W6LmrKZGGOzfaLU7UpmC3zSVNO96akn+cUkn+jZYJ90vyV2xel81y16vM4xWZ"
    "Uu2azF+XPYN8s9ZqHaNUfucmc1mVME1LmKqE6T7b8JV5+WtYt5ThURkeleGxQtkYYXTKqB"
    "cjuVFUKMavEF8++QUDUmRoigw/kX5oIr9ELoxwxHbcGbXMP+H6M7UWDGNXpqY+JbMFx3Iu"
    "RDI+PyFmkw9B2+NYhtZoossx4DebyJOrWFiFRkYJ+ek24+Cny3THNcbkxTU9YdssafBTVr"
    "7dWvmQq1WTbaI0LdxDTsrIYyf54thJShoLAFsjjiWDtHWz/LAU4ocFkB+mMa8coqXCsyqG"
    "Z60bmrWdsKwGzeetaHRzyvkLbLGVI7NShC2c31vJkbRN/alyHmqEpn2mis3vjPQZBBNXW7"
    "iVluo4Vftw3tZZfXPAqdJ0DgnaiHEphAvwTR0b5FgVj2UNKJq8Infuhv1bPIW1d345qOkA"
    "VsQlOH0VH49nrYrHVzpmlXvUW2QkXxdxZEXTaJ70zkaDX/rIlfPBsPfxon9eD2MkPAFr5C"
    "iQOcEoKvHHf1vNL+1RZV3KIG3fCrUVoUY5BnLRb5VjYG6syeY4pWJzo9ksstst59G0102N"
    "jxKrGIUm83rm2N7UWspCXNofC8fL2DKLKhHmdLBWkGbD+LyjEp0RX0k1ViQp6wuUfZvkwN"
    "t9QD3lkN2N//AX5poPpi7im8/gUifDl5hq0y3yKz5HWmuYQ1naycjNz28M89H0RCZ6l6B1"
    "jxldMoE5ZRDPIZSItd3PB5gvXFiQMj2JX9BTmYB+ucNEzL2SHv+MiJQq3H/HjsAkm8oCnm"
    "Jvg/XmRtnzV59BefNEhKjJOHdu+58Gw1H/tktuesPhr9e359ptHxqjxaJ/2RtcaIDL1ad+"
    "PVYLH7XAbBEMDg0X8eHhlejwKpkzmpI236hPZ/OJ89Tz8MChKieWRklUSlKWIKuMQl+DBr"
    "lfKUkqY2XNXAZ4tcVsva85TqrsQU3jc0P04B5orfq0k1VVXt7pFhaUX7V5Tc/NZ+yGI0u/"
    "ljP/vlBkyFcfn5nLM1PF82XfCEkLJd+jkzL5U9CqIOQulUGFH1UFhP3mLUR3O75Rx/Yyk9"
    "Pyy7VHSFS99or12ne6mf39/wrP7Tk="
)
