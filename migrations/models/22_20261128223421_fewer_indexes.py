"""Fewer entries of indexes for each message: docs/decisions/0072-units-of-work-together.md."""

from tortoise import BaseDBAsyncClient

INDEXES = """
DROP INDEX "idx_open_calls_dead_af_0ec9cc";
DROP INDEX "idx_open_calls_group_i_12d271";
DROP INDEX "idx_open_calls_message_f6e9cf";
DROP INDEX "idx_calls_group_i_e32d56";
DROP INDEX "idx_calls_key_id_7c3ca3";
DROP INDEX "idx_workers_lease_u_bc840a";
DROP INDEX "idx_messages_key_id_b238b1";
DROP INDEX "idx_messages_status_8cc9da";
DROP INDEX "idx_sessions_key_id_7ba1a4";
DROP INDEX "idx_changes_created_f51891";
CREATE INDEX "session_key_index" ON "sessions" ("key_id") WHERE "key_id" IS NOT NULL;
CREATE INDEX "streaming_index" ON "messages" ("status", "worker_id") WHERE "status" = 'STREAMING';
CREATE INDEX "message_key_index" ON "messages" ("key_id") WHERE "key_id" IS NOT NULL;
CREATE INDEX "call_key_index" ON "calls" ("key_id", "created_at", "id") WHERE "key_id" IS NOT NULL;
CREATE INDEX "call_group_index" ON "calls" ("group_id", "created_at", "id") WHERE "group_id" IS NOT NULL;
CREATE INDEX "open_call_group_index" ON "open_calls" ("group_id") WHERE "group_id" IS NOT NULL;
"""

# Without AUTOINCREMENT, which writes a page of another table with each heartbeat.
PIECES = """
CREATE TABLE "new_reply_pieces" (
    "id" INTEGER PRIMARY KEY NOT NULL,
    "text_at" INT NOT NULL,
    "reasoning_at" INT NOT NULL,
    "text" TEXT NOT NULL,
    "reasoning" TEXT NOT NULL,
    "message_id" VARCHAR(32) NOT NULL REFERENCES "messages" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_reply_piece_message_9d1fe4" UNIQUE ("message_id", "text_at", "reasoning_at")
);
INSERT INTO "new_reply_pieces" (id, text_at, reasoning_at, text, reasoning, message_id)
    SELECT id, text_at, reasoning_at, text, reasoning, message_id FROM "reply_pieces";
DROP TABLE "reply_pieces";
ALTER TABLE "new_reply_pieces" RENAME TO "reply_pieces";
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    return INDEXES + PIECES if db.capabilities.dialect == "sqlite" else INDEXES


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXVt32za2/itYekm7luLGTpz2JOs8KLaaaOrbsZRmOnUXRZOwxTFFqgRlR53pfz97A7"
    "zfTCgSRdN4aWMSm4S+DQL7vv/Tm7smtdne0Ux3bmnvHflPz9Hn+I/MnT7p6YtFfB0v+Pq1"
    "zYcafAy/pl8z39MNHy7f6DajcMmkzPCshW+5Dg4eEDGc+C55mOk+0cmSUY+4Dw7rE2c5v6"
    "YeNcmN587JPnmw/Jm7xEG3+mKPTC2TTYnuAfWMEviDuDfiKeKh5h5OwnQNmIXl3Db0vqVj"
    "/bmkmu/eUhjmwVt//72HL9EsE++Ll/T++AP+bTkm/QpYwRj8c3Gn3VjUNlPQCyp+XfNXC3"
    "7tg3U7cvyf+Vj8idea4drLuROPX6xg6k5EYDk+Xr2lDvV0n+IbfG9J+XRsO2BdyCPxC+Ih"
    "YpYJGpPe6Esb2YrUYgLxtZ6mnZ1PtPFwomm9HMtDigRXgkuG6+BygakyDgBfgi//5+Dg9e"
    "sfD169fvvT4Zsffzz86dVPMJbPN3/rx7/FZGK0xKM4ZqOPo7MJTsiFNSnWKl74m9Povi6o"
    "ODNi9ANuSXEgpnmcCyHmVWwIL8R8iL+mjjEiBv4Ofm0e9qMZNe6oOQSIc7CHFBnQ4ae0B/"
    "QeWxozojMyHo7Ho/Mz7ejT4Ozj8Di7UZVwYq5/1Wzq3Poz+PP1QQXIvw4u4dGX370++J4c"
    "fRoe/UK+u+IIXfXI6Ix89yIzgRd9El4aa8fDk+FEXDuFa4OPQ21wfJy6kBp0Obw4+Q1/8u"
    "REXPhl+Ns4+eSfRyfD7N/xE77/Pr0YzoLJH+DsM8sCdt38qvjH+PysbDNkBUvCtAyf/JfY"
    "FnuK32MF1xEIfPKcsT/tJJTfnQ7+mUX56OT8AwfHZf6tx5/CH/AhA7nhUQRH0/088sdwx7"
    "fmtBj9NGWWCQHpXviPbrFiMoIvZTI4vUjx43gwGeKdA351lbn63dsMj6KHkC+jySeCf5J/"
    "nZ8Ns2yLxk3+1cM56Uvf1Rz3QdPNJCbh5fBSis0JESW75+peMX8TJG3edOufdGvtr9WbF8"
    "p1N3eFsgXCl4f7Z9ej1q3zC11x0EcwQ90xaAHIgVD+OXjMEwP773A1hVdj+dLTHyJBOLnI"
    "4LfDL6a+WJaD8dHgeNjjCF/rxt2D7plaCmq84x64mSvR2Pyt+cE8e0V39FsODv4KnHOsCv"
    "ljypj41UWaUnS7Ul1iYlB9fcl17qnHdLwCKsmM6iagMyUW41qJrTOfzOGZMGtUT/AaA8wM"
    "WBfk2oOVNHtPrFBjAQ3GsVdkCSvAAy3Hdo07uMKJPPehUH1q+PUF2lRGcUopVwCedU+DAw"
    "cu/YE7XMzR3h1daeJyj35deCH2wVNDHgY80fhofBPnWPDV9Tgt8An/IF8+DS+H5Cp4MApX"
    "YwJfBzn7fHIilmZtpa58n93kFrtbnW4LG2yV9uZbvk1lkI4IOnieHbx6VQNvGFUKOL+XFg"
    "4XsBm4ji6DcYJkLZSDBdtOkPdrgbxfAfJ+HmS2Yj6dawvPnS8KhPAJbEfFUOcIuwB4ldA9"
    "/OekWv+JZO6T87OP4fCsUpRGfwZqouuttOBYK9A/Sy1BRaRr2YRaxoLAJHSw/+bHNz+9fv"
    "smsgRFV6oMQHljD5eLZPaQiKALC7qBbRp0CH9ZsHKr7GkxTZsPw97gaDL6dUhcjwzPjpuy"
    "pAlsQluamAIatvgUpAxaC8txaJGJ33VtqjslR2hElGHNNVC1hzeb2NI/nJ+fpLb0D6Psnv"
    "359MMQzlQOOgyy/BKTcqCsyOwzCZLu7TSbkr8T+7g45wDApVMgqJSekzm6LjlONnZKonId"
    "ihJrWGMLyDdgkm3ZCu+SRTZlzJDhdIpQmd1bzWTlXXkWbF4uzDXZnKZUbG41mwP7soSEGV"
    "MoAfNxAVM5KZWT8kk6KTObxAYQ/UU85WntD3XxjHfFFJzw+oRnrXmn76nQnnoFDt/wVr/K"
    "2Zu0A9dx9jrwCHSj6iRwSb5gABfl18JnFXlpa9FdOVfO1PVM6kXuW5Mu/FkQ/bpHeLCs5e"
    "BNnXhLJ0ndJ1Q3ZpzImFm2GTp7XYeSa3oDi3mPjHwkRZxMot/41COWz66cG8uLncR9ojsm"
    "zDdyGtN7GBe6h2G8mMM7mAE89A6efWs5MB/HRXcwvm6PjF24K5zLYq439IF4gYP55srhvz"
    "GcMcwT5xg8FXH7waSGxf3AP7x69Xb/Jb/F9uYmR+gL/DqKv58u7BU+fjy5HA5OR2cf+3x6"
    "D56Fv2z6ALPje8CUzJfw+zz4Lh/4CJvqjBLAMRjDpuJHM99doAfcoMAH/EPzKHykTAh7nC"
    "eM+u/J1Kdf4U8kmYLIz1wH+CzikHXOthV5oPDHw4w66FsHiHSnH46HWWsLixqUTckMxmO8"
    "8pWD/7r13AeHMAsmUNvVHnrGxbfJkQq/UwQ5529HnsHPwRWVGlTlfUeaum73xPOzvvc+vH"
    "4BIDm+tnYgQGgt+eZAgMzbY9N6tGwejUmA71efA+frTiQyUf8veRGt2RcqJmHXMQniG8gh"
    "XWobjcYrm2iBTTS5BdVdukmaHasErVu3/0ltw4mtuy64GTKl1D6OtOcWBymVu2ZDijYrtL"
    "3P4+FlnwzG49F4MjiboId2/Nt4MjxtxkWLGIUOWpwKumejyfB0Bz4ZKWctSmJ5TpXH34Tj"
    "28yn1sbd6L4PAvuc4utzmJenfGTIVOrHN6R+ROqGzKJPEXVh/2964Xc4WCehPB+dn17w/K"
    "8+qNTnFxf4j58Ho5PhMZ4UIOkNLy8/X0x2E9ETK0xwUEQz5aeGmCvPYuOzxX8lZit1ntxY"
    "jsVmmvhi5BieI23xl9Z7mK24dYibxAiFh5vNcDWFUszc8wvk2skQvshPgsPAwLOJ9vPoZC"
    "Ikhcn5+Yl2NDg5GUsxlHqe6wGXTKmo8zRVixnZGpFZIDaPba51D6ccYRfQbvqAEiB61PdW"
    "GjfsaozClIpSc0vNGpXPUDHSKka6+VQWniWh+e4ddWRWco5Ord4COx1gZFOchTzAhbQK5D"
    "zIvuvrtjy+WTIFbcH61Y0ZNddYu1k6BW4e3MhiII9vEamCOA/xkvsxmbv0DElbc5ayxdJE"
    "7+Ly/NfR8fCSZwONJ6PTQWP2gyRMoaIZTodnBoXTkdInwwRCwM8xOLw53lUmChXSN5gzFF"
    "1JMrE43KVlyUKxY15C5E4RtfhDWVPsfvumxlfx9k3p+sZbmZQWjI3Rlo5vFag2j6SzpElV"
    "Kkub46Jz4U2y3C58gOJ5m3muMlueBZuFiX0tPmdI1efcZj6r1JbtujTiWFUJiFNECuXHUU"
    "4HMNeFOU3VZg97W9OIWFwL7xvzXjKV9Z4Y7HUTYNIr7vGcIrERbADeRB7L09o56iKb2jJV"
    "slZ3k7UuMfflAlNfegX5Wom7/aqUrWQGDR/5aNrWF9FXIAohClKH4pSb6xW5pv4DpQ7xH1"
    "wyo7rnX4PGw/bImPq+TU1OYlFGHAp/+DNqeYwnSWFeVdae2cgLC7sahOkxgvkY7BpI8rFV"
    "Hv5WnQ7q2fp33Okgwb66fsOYQuWmVLq1pGDNkilsi1zdKhK/uXivHYWBP3fY08dr7bCvFF"
    "UngG9YVy0NK92iMtU2yOvK/unV1qYC/WOQco0Z7k+9AvE/cbdS/Gd8nIbHR03xf8JL3iMV"
    "NhJzvXlYiEEI2gFg78j0xrVNKkrnY5kAENSp94KRue7d8eR9vOgAvW5bf6FQDlPIy/5bfR"
    "vWPxBFHHTCEcGHB9R9UCkMfcmi2gjwMFA2cDCWRPBB14DL3I/DS/z7lo3FCVApCSYnShSE"
    "TwFaUa1h/H8nlk/JHaULoYgQ0U8raBaAPdmAkMCSpLfUg3GrWgpKVgtJtQ0oKBAg8Hq8Uw"
    "BfHrmU/PHnD6COgS7W6ydy8yWT75Xu05TuEzBbQrqJKTpxwirRpkOijSqYpgqmtV1ulCqY"
    "pgTybgjkjnlk69a8WB4Pbz4ijjumZuC4ujXUQFI06XzhgkBqrFBaFAJyEEr2TkivIKYSkB"
    "tFETRRn0x32AP1+lGlsYW+sl3dhPHAghvbMgqE8W2/7LHWwomXY8mqMpk3KRVjlSzh4ghl"
    "ZFUbane1obIMlMI8R9rB03s7iX/ia9NAN53JQJ6l6yDem4/4flpRoU1uNl0KFoyOFInPKU"
    "nTwU9J6XZPFeL1jBUFpApypU63QJ1OrkylU9dFt45inTsCFbw14E0e/G0yWHzh2Zy9AmtF"
    "cKdfZaoIin3XNFOQhecawGniYzAfLyrOwqC8Ptb5tl3nFv9vBaXFWVxbfI98cP0ZQamX8b"
    "Lg16LaFqqZ13D/BSMG9tYuqhTf1GsfLy6ubA9NKGLltgfO3rUUszSlStdrtWbWqoxrxejN"
    "MjonR+/m4PzZ4j83d2zy65WH5g2MqH1k4uBUlxNsOcLgGPKDA4k3JLn+NzV8MhX/R9PoFH"
    "tx4C0sjQEPxvOI8j4ceMpZjFwOB8e/FR2W230h78fCrL+oxh8YNWXRHcddwmCT4E3ywBuS"
    "CN8B/AMGXQzPjnlJVYyn4S1UgdBFNooHoPgKh/GfS9fXRXMXH1uF4PQHV05Qc5U/DKNzHD"
    "f8CYnHoV8CYNgjU/p1YcEqDTuU4POpYwpUgonwZ+2FfUvmOmYfcEGiT5jLo3iuHD5/+FXI"
    "zUD6YDAQ7nPHh1Xq8Mi5NNKZUqFPI6EQBaVxlXNjx84N/n8JoMPxHbSaHBwe1nFjHB6Wuz"
    "HwXqYq51efOsVJlhWlZ5NEHUR6/20NoPez53SMM97Khi6Zli4wksA5TdVFoA+qwvIipA9+"
    "LIca72WytaPTMI91VXRkmq5LCTSNBEomGDDTDw7fyiz0mKJ75Qg27w3tcKn/SCrl0i1W5B"
    "OSZlau3qRwUlbOP5gL1uHjs0lU75cq169b9tKTqjeeIOnC99B0nHCsRMnsQWmqNn8lbQqD"
    "sZgWWIOly0xmSRusMLmbxb7BQpNPKyCmLQx4Eua4tHYW2k1k2ZymbKRImgp7Wo/JjWalP3"
    "PRQFXyUmFmTxliFfPUZMyTqj+3+fpzu3EuXlDHhF94TEVLmF6BnzE7pF/lcjRddw5CtNAZ"
    "62cVBT4y7rlyXOE+w+JZjOjOitfNekcEZiaBIVMHiyXxZlf+VHjqgFF47xa4EOTHCzfY0j"
    "DwOYXpRdt/K3ohBzjqFrPrQfbBvHuKpQUI1Y2ZeCUnsVj4qj6G/jzMLGNG74HI0Jmhm/Q9"
    "YZQS/AU/mNSweP78D69e7R+89OjcvdftvbmJDlSC3GNXDvwe/KT5LOHfwQqM6wz4M7oKvY"
    "m3OCcRb+RsI75Ipd5v1qJc7hVsj4WnRc7Yrdh3dN+n80VRM+XSpZ4k6ZIXZWNlyBL7q6xa"
    "nyFV+UxtU+xbEkz10XOXiyIpR9yolG1ucUhNmQa1BQanOJy8M4xlgr2V7RFx9d8uSAth5R"
    "14inWvIxnBlrV5OeWbnqQChdugnFad2LuN42kR1Pu1Tun9ilN6v+CUjr4J6TbSBaRdMCxu"
    "2wefgU0rKwZVG3jtG4tDZfFv0ZLfPPpz1/Fn9kq0b9R4jKqcOlbygA41gWw45kc5JDsr0q"
    "bM+gtzTTanKRWbW8fmNmkupxSLd/bK9Jfg9uNajDbnIyWKsAYEM2shshO4cRG0D53wBxbX"
    "Uq1DVFiGSUxSKBWhZ6K85qhKRtixEqMOuc7ufslDLvlV1v2mkjTKe60CBFoYIHAbmv6+0Z"
    "cdmRCfGNx1vdjJT7leXZQNgPrcwy52I2xih7UCITNovFYuXKJxuqbTn8DRb1LHt3Sb+8PR"
    "B32+oM5g9NJw5wvdt7BEPnXMhQvwcT82f+F7MmUUaH2NUd0OivAPhuOXB4dvX348Ou2Ta3"
    "eJrnmXp9NaZlHucWPvFgEAWLtUmOmF4Itk3Jpviss4mN/AHgJCZt4jU1wbUVowF53RCxBI"
    "TBVJval8Xc7BvOgcfctKdn7WDoBWnfRbcQGkPtg80OXhxDnCTiDefGAxR3FmFfVTrYosTp"
    "F1Avr0Yq9j+y83/RdY/uF8kkE4IuggtluJ+Lnm9Xo8KZCTNJ3E+c1PtYB+81MF0ngz170d"
    "/uUHBso02P8Yn58Vg52mytqSLMMn/yW2xZ5ipFUFyIhH9a6d3aD7acsQPiC7a8PreT9S7g"
    "aUiXHLE3bIdbixQDdmwSdkUJAt4EWmDL4FlArgPMAYM8A0tmI+nWMy7XxRIH1UJuGWPKHB"
    "XNzoShLvYm16E/vIBpNwZ1Q3YRdeQ+bOU3Yh5qZpmVugqPFMAJkDNEv3TUfo0+HBdk5Q5R"
    "J7Di4xFffxLNhs68zXlmwtRmdpG6k5oDi9Jqd34uNuGT+Vi/tJQqxy4JvMgW86aqBle8Tm"
    "ggZ24+EeY/Voc0y9e+qVeLuzQ/rVvTRxWJhD+7j/+wsmfevm3HIYmen32HfexyBJXtmaP+"
    "sF7wyPvuM+xkyijxpbwkcOY8tEbzSOnO4R0bne94FljMAs7VXohIazsaC5ZrOvF8W45Tzn"
    "ZMzHc+c7nN/YM55XBUc+ktDd/Y7P65piPWwWEvOun/DOLzBVd4n5/XQelAnnD3BJYGYg1O"
    "JDe/1CP7rKlGuVo3zHjtx27r/PwY/bMuS36sbdiZOx1QBvy8fYsMO85RhvpRHwjp24LYO8"
    "aQu08sIoL8wT4sFWvgFlnl/rc3gKRtuWpGUe6bbdKzAe8Ov9KouBASPqB8vrXOslughE7/"
    "Pukj7vO2UAwQO2oLJ83nKKwnoy3+NfoPza1j1lgVYfVIALWq/2eVQ6atclCZxNvJQbBjwK"
    "HwTzw56wbNon0bVYHJhyMrjBFrCQqYZ64pQr9PjhvycYdiQsBFhka0WWjo0mg+kdpQum8b"
    "gkWPlTeOU0DOyPgus/X54EPTvhp+jsDovw5Swh1g2ZWngohoae6R6Zxs5a/jAOCVJy6K7p"
    "re7ACycYDBU2/8rZMJCImyV4UzB8yh2scwdWGq//p5O/qOeGRQqvXXMlnkTN2k29EnbNtH"
    "O5oL9XJOUWj0xXsiwek+jt+wduxvGXhPkhFaRYnNsTL4g+vMifDoBqnBx/Gf+Qgs24xwnh"
    "C8I/yJdPw8shuQrehC0rxgS2S3L2+eREGHAT00kaJ9eaUPCAelMK35af1O+JNiTFmBZfTa"
    "/tDLXK7NixwWqx9OCgK0zuKO9HkyBqs6Ordzm8OPmtD8f65GQI/4MjHJvSHJ2fXpyAPCBE"
    "ue03pgnQCjvT8ElhOxo+Lf4PmBj+P56YVI8aFVW/bStBeBbLgJyk6STO27F4pYSXPN6P9a"
    "RJ06qmNPXjYfPHtATyeWIFfX3os7qFjBmsiLYT203TljCqe7YFWwcXmeWEzwLSLtgitx1h"
    "lVef11n4lbZ4tfTrLH0DVq/ja1ZBpFD5ok8RdW+5v6nTrvlNebfmN7lmzdx+AVu0nBiZpu"
    "oezq9ryeuvK+T113l5Pdwb5LbxNFX3oN4/qCOxw6iKfs05eV2lkKy1jT8F58Uz6Vo8/nx0"
    "NByP0TI0vLw8v2zGKJTuVhzMAY1AfA5S9h/xqJLa4eVJumkqlaCb18uo57medE32NFX3jp"
    "HNKwICsUCDldEBcoRdQLtxxZeD6FHemOYGFKk1Mv4rn6G2liKTT+Ahlu0fmyNUS15+yaf8"
    "82uhHxIq9OXRF4Uq5Mu25OjUxlLQygEwEj0w16mLU0CrQC4AWTdmoLnKA5ylU+AWHY06cx"
    "14ozy+RaQK4jzESx76xNylZ0hGfmQpW3z+9S4uz38dHQ8vuWY/noxOB5PhcTPafRKmUMcP"
    "p8OV/HA6Uoq+ufREy6m5zEeRoVJNPYtKcVkeCyQLOXDzhGq/ycOr6lVs34gSR63WRTimUP"
    "jWiLKLA4YlME5TKZxrWLNTwdv1U3iTVApnVd9G1bdpF9hbqW8TfPYbQBVWvT+On/a09oq6"
    "2KZ3yRS8MIVE+knm0NsAvqfxk7qJbfqkr4FtYXyzNK5BzZ9uYhpLqDXwVLWuamFaWusqRn"
    "U3SaqiOSi2du4VpKom7vZrdA7FgRKNQ4W5UPT/DHsc8dRXkdLIcyTDAlP82bzc1OfJ0Xsy"
    "5X/zxErLZ4QbBGDMnDoFFa22/K5H25Ry+lynJakcvKrG3IWyYYEFJFiXVdLKbpPwGuzCXZ"
    "6aNw9Xu0xUXUSkAupaHVBX5tuo+ry+0anRNnbupte96g/bvOarmpd+o2y24zqk2HayrIZI"
    "dK9SLHNhlCZfTGQJ/PLIg77qk6AD5sPMZfBf17uDG1jUw7So+Y7wIiAoPqFchCVALVHiwq"
    "bmLT7BgvsOxZIZWKDjQYzEup+YL8pK64o09X4sMTLyCS+nhOSBLDjXVyAPklvxYlHIhDom"
    "9t3kDYyu6Q18QlHRkdD5HV32qKjzARsboI3FRPlj4dqVE+ir8BvM6Nlc9uyTaSrShoubIJ"
    "JSBmIDfHN7ZIARfmRqUt0U0X5TrFcaYGLAUJjz9ZIF7UQtv3/lOBw+gwag6IAhCMBTQQMr"
    "fsqx9JYOlmaRrhmSreARNw7tV5bHiFblZmpkqFoWqpbF1qIZVC2LEn1H1bJQtSxULYsnAr"
    "yqZdFx6FUtixZE2KtaFqqWRUuAV7Usdr/cVS0LVcuiY1CrWhbt2cafmutNRZiqiOku4awi"
    "/7eLr8pe2T7Gu80Jb9tpu4VqE2hLLM9Yroo6KSDuEsgNh58k/LYSyzxD1SX8t5A3Lg1vEa"
    "nCuADj2OUvqyGlKZWG1GoNKQrLkBF5UkTdk3ne1mmi+ba8i+bbXBtNlYGnMvDaGIX4aAbe"
    "boIQP6NZ4MPSuKN+ryAOMXm7XxWKKGpzXPOREikibDkPkjYQnyhng4e4YXxe2DOMvzGTys"
    "HbdMF0yf4hmVvO0i8KOdzGSzCuEJ9r6iv+XGzWtSJ4wpK/RFPyW6CEp7ClMYO3ClTgvfAJ"
    "eH6fTMUF7By2h13KVjxUz2JB+zKQlRIzxDbmOu/FfuXgJOEZq0S3MZw7UIr1VNoXLNXnK3"
    "o7/hEbLUTMTzaL5ffEcLm2UiqlZbPaTnmEXoqhMuJjilBJj62WHhu3R7aNmVs3rKsgyS0H"
    "SUaZCvUPioikS4aDho1jvIywJO4xjQJ+beAfMb9X4d9pC3zDbKhRvLVyC9pY/VbFDi5YVt"
    "VbrGJEh0suNswCZSNTNjJlI6ttIxsYBmWMt3LvFdjIkrf7VTYynQ9MnCJ1MnYX1GOuo9tE"
    "UItCJ9xGJAayPXLu2CueIjv+NHh5cPgWDULMh7VlFqXgfvsDpZJIVfrmbtM3+f8lgA7Hd3"
    "CX36+l1O5XKLX7eaVWVCme6aygqEw5ymmqzi3rzbv1mOEuivKe/jE+PysJLY0ospZNy/DJ"
    "f4ltsacoMVYAi1ikzJm51I9slkc/bafEB+RSP1T49nMwL9OvCwsetwab05QbYHPLAha6xG"
    "VbZ74Gotk6n3OWVnG6zZxWKr5S8ZWKX1vFH851y4ZPw+H2uJyKn7zdr1LxKQ7UDD6yflEu"
    "PpxHqDiolbtLB6NF4GvHEkt9EaiCwR6ubWLAyh7B6JMZ/EU9pApvBQS8WJSHQSm8HNb1iu"
    "gEG6cW1uNq6NUYMsOtCkgQWhUCehyQsDCQz45v2WQayxVYCOvaNVcE0Kb8FTP9nmbfrUwT"
    "bdww+xWmCWCexj8YGbRTRB08pw4O6+jOMKrc836Y054j0LQb/HSllncR7bZw3+Fq30aWOe"
    "5s0qahFFHndpXNW4aUgeIxoawTCk2LDBQt28i6xGWltiq1VamttdXWMfBoVOiUDu70q5RV"
    "BmM0q64r+tyhBCleYm6DY4Y1kLGnxg3ofDewC8zCNhw8hwKL/VnOkmJbDfKdHjqa9bllr7"
    "7PK6Mbfj5qnGducDHSLt+BQpp6Fi/DTE4HR8QFrZW/1HMfQAW2TD4LnQQrGlDoE+aGI0AZ"
    "Bm0WFWEmZrr0POr4V048fC+tw1piIIWHhoqvoElPqA9UjilIMuPFT1N6bht32H6FnhsviT"
    "zcpdFuaaIuBbttLjfd9deU/NOUSvJvtUz4tCR/xeZ12SxOPWkex2RKtWszfz16D/LNWrt1"
    "ilL5ndvMZVUpNi9hqkqxT9mGr8zLz2HfUoZHZXhUhkeJsjHc6FRQL0Zwo6pQTFCIv37yCw"
    "akiNAUEX4i/NBEfImMG+GI43pz3bb+guv3ur2kGLsys4wZmS8ZlnMhgvHlCTGbfAnaHqci"
    "tEbjj5wCfvNr0SqORlVoRJRQkG4zDf/0qOF65pQ8eJbPbZs1DX7KyrdbKx9yVTbZJknTwT"
    "PksI48dlgujh3mpLEQsDXiWApIO7fK92shvl8B+X4ec+kQLRWeJRmetW5o1nbCslq0nrei"
    "0S10xh7giJWOzMoRdnB9byVH0rGMO+k81ARN90wVmz8Z9XsQTDxt6Ult1Wmq7uG8rSaUC8"
    "BJajlHBF3EuBbCFfjmujO5tmS/4ZCizTty7/N4eInthQfHp6OGOgsjLmFbYXw9NhHmr5fq"
    "H8x83V8WJF9XcSSmaTVPBkeT0a9D5MrxaDz4cDI8boYxAp6QNWIWyJxwFlL8CX6tFpT2kN"
    "mXCki7t0NtRahRjoFS9DvlGFiYa7I5TanY3Go28+x22721nHVT45PEKkahzbyeu44/s1ei"
    "EJf259L1C47MqkqEJQ9YK0izZXzeUYnOhK9EjhVZyuYCZV9lOfDqKaCec8juxn/4K/WsG8"
    "vg8c1HcKlX4EvMjelX+RXvE6M1zKGs7WRk1teXpnVr+TwTvU/QukfNPrmGNWUS3yU64Xt7"
    "kA+wWHqwIRV6Er/hSXUC+sUJkzD3Cnr8Z0KkVOH+O3YEZtlUF/Ace1usN7fKnh9/BvXNEw"
    "miNuPcuxx+HI0nw8s+uRiMx1/OL4+1yyEMRovF8HQwOtEAl7OPw2asFgFqodkinBwaLtLT"
    "wyvJ6UmZM9qSNt+qT2fzifO672PDIZnGsEkSlZJUJMgqo9Bz0CCfVkqSylhZM5cBftpyvt"
    "7XnCZV9qC28bklevAAtFZj1iuqKi/u9CsLysdjHtNzyxm74cjS59Lz7xtFhnL18Z56rDBV"
    "vFz2TZB0UPI9OKyTPwWjKkLuchlU+FFJIBwM7yC62/GNuo5fmJxWXq49QaLqtUvWa9/pYf"
    "b3/wP8gx6t"
)
