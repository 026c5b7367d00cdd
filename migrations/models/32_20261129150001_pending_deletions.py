"""Rename `doomed_objects` to `pending_deletions`, and the trigger that fills it.

Servers of the version before run beside this one for some minutes and use the old name of the table. On PostgreSQL a view has it,
as in migration 6; the first migration of the version after this one drops the view. The trigger comes first: a deletion of files locks
these before it writes into the table, so that in the other order both could wait for each other.
"""

from tortoise import BaseDBAsyncClient

CONTRACTS = "the view doomed_objects reads and writes the same rows under the old name"

UPGRADE = {
    "sqlite": """
DROP TRIGGER "doom_object_of_file";
ALTER TABLE "doomed_objects" RENAME TO "pending_deletions";
DROP INDEX "idx_doomed_obje_next_tr_d83789";
CREATE INDEX "idx_pending_del_next_tr_ae68dd" ON "pending_deletions" ("next_try_at");
CREATE TRIGGER "schedule_deletion_of_object" AFTER DELETE ON "files" WHEN OLD.status <> 'FAILED'
BEGIN
    INSERT INTO "pending_deletions" ("object_key", "attempts", "next_try_at")
    VALUES (OLD.object_key, 0, coalesce(OLD.expires_at, OLD.created_at)) ON CONFLICT ("object_key") DO NOTHING;
END;
""",
    "postgres": """
ALTER TRIGGER "doom_object_of_file" ON "files" RENAME TO "schedule_deletion_of_object";
ALTER TABLE "doomed_objects" RENAME TO "pending_deletions";
ALTER INDEX "idx_doomed_obje_next_tr_d83789" RENAME TO "idx_pending_del_next_tr_ae68dd";
ALTER SEQUENCE "doomed_objects_id_seq" RENAME TO "pending_deletions_id_seq";
-- The primary key, the unique key and, from PostgreSQL 18 on, each NOT NULL: constraints that PostgreSQL has named.
DO $$ DECLARE old name; BEGIN
    FOR old IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'pending_deletions'::regclass AND starts_with(conname, 'doomed_objects_')
    LOOP
        EXECUTE format('ALTER TABLE "pending_deletions" RENAME CONSTRAINT %I TO %I', old,
            replace(old, 'doomed_objects', 'pending_deletions'));
    END LOOP;
END $$;
ALTER FUNCTION "doom_object_of_file"() RENAME TO "schedule_deletion_of_object";
CREATE OR REPLACE FUNCTION "schedule_deletion_of_object"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "pending_deletions" ("object_key", "attempts", "next_try_at")
    VALUES (OLD.object_key, 0, coalesce(OLD.expires_at, OLD.created_at)) ON CONFLICT ("object_key") DO NOTHING;
    RETURN NULL;
END $$;
CREATE VIEW "doomed_objects" AS SELECT "id", "object_key", "attempts", "next_try_at" FROM "pending_deletions";
""",
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    return UPGRADE[db.capabilities.dialect]


async def downgrade(db: BaseDBAsyncClient) -> str:
    return ""  # aerich asks for it; the way back is a backup


MODELS_STATE = (
    "eJztXetzo0a2/1e69GUmVRrHD8nzSO0Hja1MvPHrWprMZuNchKBtsUagALJH2eT+7fec04"
    "B4GzSSjHFXpcgY+jSt32m6+7z/25raOjfdnaOJat3y1gf235alTvEfiSdt1lJns+V9vOGp"
    "Y5OaatSG7qlj13NUzYPbN6rpcrilc1dzjJln2BY27jHRnHk2e5ioHlPZ3OUOsx8st80eDG"
    "/CvIntwnN8eGObpv3ADI8ZFtzhzIXhMXiF5cJboMsdfKtua/Baw7rdxAuurWurR128cv2u"
    "XaY6nFnz6Zg7XGc3jj1le9S1Pcf33aqzHTaEzhzoeqK61LFozuwbeJnLTNX1mG1xGv/cMv"
    "6Yc8Wzbzm0dOBX/PZbC9+oGDo+F6St33+HfxuWzr8C2NAG/5zdKTcGN/UY7wQV3Ve8xYzu"
    "XdkP56IbBGysaLY5n1rL1rMFjN4KmxuWh3dvucUd1ePYv+fMOQ3GNH3OBywW4182EWOM0O"
    "j8Rp2bOCuQWgxgea+lKOcXQ2XQHypKKzVjAooIj/1bmm3hbIOhuvTzaQa/eb+/f3Dwdn/3"
    "4PBdt/P2bffd7jtoS+NNP3r7txjMEivRFY7q48mnk/MhDsiGKS2mOt74m2hUTxVUxIol9l"
    "YIchz/j8btieX9SLxKcmBJ8zgXAsyL2BDcWPJh+TE2jBFL4O/g16ZhP5pw7Y7rfYA4BXtA"
    "kQAdfkp9QG+5c23CYAkZ9AeDk4tz5ein3vmn/nFy2cvhxFT9qpjcuvUm8OfBfgHIv/SuoO"
    "ur1wf737Gjn/pHP7PX14TQdYudnLPXrxIDeNVmwa2Bctw/7Q/FvTO41/vUV3rHx7EbsUZX"
    "/cvTX/EnD0/FjZ/7vw6iPf94ctpP/r3s4bvv4pPh3B/8Po4+MS0M3U3Pin8OLs6zP0W/eW"
    "JK6Ibmsb+YabjP8Xss4DoCgT1PXfcPMwrl67Pev5IoH51efCRwbNe7dagX6uBjAvKp7fAq"
    "mAftvwl0f6d5qZhrDkdsFNVLI38MTzxjyrPRj1MmeeCT7gT/aNb0H57A6jTsnV3G+HHcG/"
    "bxyT7dXSTuvj5M8CjshH05Gf7E8E/274vzfpJtYbvhv1s4JnXu2YplPyiqHsUkuB3cirE5"
    "cihM7nOqk83fCEmdN7ryp4uV9rTiDQNP0jd3mec5hC8N94+wZBm31s98QaCfwAhVS8taxX"
    "w56rPfzTMD++9gNgV3lyutoz6Eokd0ksFvh1/MPTEte4Oj3nG/RQiPVe3uQXV0JQY1PrH3"
    "7cSdsG360XR/mryjWuotgYO/Ase8lF69AXdd8auzhNvwcbtIwnVFo/Iirm3dc8dVSYBkow"
    "lXdUBnxAwhCpLwN4U+YdQoEJLcCZhpMC/YGGRPbfIDiqSBtGlb5oLNYQY4IFyatnYHd4gI"
    "5MtMAXjLr8+QXxOiakycRcH6nvsbDtz6HVe4JUdbd3yhiNst/nXmBNj7vQY89HmiUGt8E3"
    "HM/+paRAt8wj/Yl5/6V3127XeMB9oBg6+DnX8+PRVTs7QYnb/OrnOJfVo5egMLbLtAYvYM"
    "z8w4L+YjHRI0cD/b390tgTe0ygWcnsUPhzNYDGxLrYJxhGQllGt2HI+DvFcK5L0CkPfSIL"
    "sL1+NTZebY01nGIXwIy1E21CnCJgBedOju/2tYLP+EZ+7Ti/NPQfOkUBRHfwJSou0sFH9b"
    "y5D5c7VvWaQr6eFqxgJfDbe/13nbeXdw2Am1b+GdIqVbWsFG56Iqa0hI0IQJvYVlGmQIb5"
    "4xc4t0mEuaOm+Grd7R8OSXPrMd1j8/3pb2UmAT6C/FEFCZSEOopEScGZbFM06DH23b5KqV"
    "s4WGRAnWjIGqPrxZx5L+8eLiNLakfzxJrtmfzz72YU8l0KGR4eWo8X1hpco6EyFp3kqzrv"
    "N3ZB0X+xwAOLcyDiq5+2SKrknGqrXtkihcB0eJFbSxGeRrUMnWbIY3SSMbU2ZU4XSMUKrd"
    "a81kaV15EWyez/QV2RynlGyuNZt9/XKFE+aSQh4wHz9gSiOlNFI+SyNlYpFYA6I/i16e1/"
    "pQFs/lqhiDE14fsaxt3+h7JqSnVobBN3jULjL2RvXAZYy9FnSBZlSV+SbJVy7Axele0FeW"
    "lbYUHXofj2xH505ovtX5zJv4Tsc7jNydDQsfqsyZW1HqNuOqNiEibWKYemDstS3OxvwGJv"
    "MOO/GQFHHSmXrjcQfdk6+tG8NZGonbTLV0GG9oNOb30C4wD6M7M43hA4wAOr2Dvm8NC8Zj"
    "2WgOJjdnNrDhqTAui7He8Afm+Abmm2uLfmMwYhgnjtHvFXH7XueaQXbg73d3D/fe0CN3Z6"
    "oTQl/g13H8/XxmLrD7wfCq3zs7Of/UpuE9OAb+stEDjI7WgBGbzuH3OfBdPgh/bK66HH3A"
    "/TbuSPxo17NnaAHXOPAB/1AcDh+pKw57xBOXez+wkce/wp9IMoIjv2tbwOcR+YkL/+8Fe+"
    "Dwx8OEW2hbB4hUqx20h1ErM4Nr3B2Rvzj6rV9b+K9bx36wmGvAAEqb2gPLuPg2CangO0WQ"
    "U/Z25Bn8HJxRsUZF1nekKWt2j/SftL234fUzAMnylJUdAQJtyTc7AiTevlSth9PmUZ8E+H"
    "7VKXC+7EBCFfU/2Ktwzr6SPglP7ZMgvoEU0rm60bC91Ilm6ESjS1DZqRuleWKRoHbz9r+x"
    "ZTiydJcFN0EmhdrHkXbsbCelfNNsQFFngbb1edC/arPeYHAyGPbOh2ihHfw6GPbPtmOiRY"
    "wCAy0OBc2z4WAoxIQGU8lYiyexNKfy/W+C9nXmU239blTPgwP7lOPrU5jnh3wkyGS4zTeE"
    "foTiRpVJHyNqwvq/7YnfYGediPB8dHF2STF3bRCpLy4v8R8/9k5O+8e4U8BJr3919fly+D"
    "QePUuBCTaKcKS0a4ixUuQgjRb/FRltpf3kxrAMd6KIL6Yaw1OkNf7SWg+TBWmHSCXGOHSu"
    "b4erMZSWzL24RK6d9uGL/ElwGBh4PlR+PDkdipPC8OLiVDnqnZ4OKjGUO47tAJf0Sl7nca"
    "oaM7I2R2aB2HSpcy27OaUIm4D2tjcoAaLDPWehkGJXcTkMKSscOletUdiH9JGWPtLbD2Wh"
    "KAnFs++4VWUmp+jk7M3Q0wFGJsdRVAc4k1aCnAbZsz3VrI5vkkxCmzF/VW3C9RXmbpJOgp"
    "sGN9QYVMc3i1RCnIZ4TnZM1547WkVdc5KyxqeJ1uXVxS8nx/0rigYaDE/OelvTH0RhCgTN"
    "YDgUGRQMp5I8GQQQAn6WRvCmeFcYKJRJv8WYofBOlInZ7i41CxZaGuYrHLljRDX+UFY8dh"
    "92SnwVh53c+Y2PEiEt6BujzC3PyBBtHglniZPKUJY6+0Wn3JuqcjuzA8nzOvNcRra8CDYL"
    "FftKfE6Qys+5znyWoS2bNWksfVUrQBwjkig/jnLcgbkszHGqOlvY6xpG5C5z4X1j3Esis9"
    "4zg71sAEx8xj0eUyQWgjXAG4ljeV4rR1lkY0umDNZqbrDWFca+XGLoSysjXivytF0UshWN"
    "oKGWj4ZtfRGVIUIXIj90aBlyM16wMfceOLeY92CzCVcdbwwSj7vDBtzzTK4TicFdZnH4w5"
    "tww3EpSArjqpL6zK28MLOORBAeI5iPzq7+SX6plYe/v6m2RFFtA1ldYp3VJSLsK2s3XFLI"
    "2JRCs1YlWJNkEtssU3emJ/6limYs6Y+/Ea+vAmfwx3D/dpfwlw5+fKst7QIWo2oE8FuWW3"
    "NdTDcoWNUN8rJyQHy21SlZ/wBOvNoE16dWhigQeVooCrjUTsFNpKQoMKT090iFtdxsZxok"
    "ZRCHbh+wD2x0Y5s6F2n0MWUAHNqpJtxUde4okB9vWkCvmsafeECHIaTlgI2+DXMhiIQOKi"
    "NEgnJzQN0G8UJT526YJwE6w/p0hkiP4IHcAbfJpkPp/j3DxEQFKKD4gxPpCoJegFZkbhj8"
    "z6nhcXbH+UwIJUzUM/MLB1DFPdViMCX5LXeg3aKUsJKUSGKx+ZFULo9G5fvfS2YgfiroX6"
    "D+eO0BmmSpIP/B548g4IF0V/ySKqMP3jW3NHs6he8VvlYPwG3l/SQ/t4A7x4n/WvyeNut8"
    "x/6Pvfrtf9nvv/2vOtZg+bmdGP+5M6eWPfvDcb35/cPXxZ+7e/sHne7h23fvFXY9393lh3"
    "i9eQfXve4BXvf28NrZx+vBHj3ldN2l+2O87r/F6yFe97vv4do52KXrHl336XpA1w5du3Q9"
    "pOtbur6jq0rXMV01uup05XS9wWuHeu5QzzSqTod67lDPHeq5Qz13qOcO9dyhUXWofxpzp0"
    "P9d6j/DvXfof671E+XeuhS/13qQfyuLvXQpR661P49jaRL731P99/TeFRxpTZjajOmp5z6"
    "0fF6QPcPxvt0PaBrh65duh7S9S1d39FVUKl0HdNVo6tOV05XfOOBtktX6l+jnjXqWaOeNe"
    "pZo5416ll7//tfcp7IeVJinuCSUjVhiaxFuh1tkUzEt4UEHKae5fCZL2YvKRoBsJSxGzSz"
    "pYzdeBnb0o9M1Zhmi9jBw0ckbEtXNGxXNkUiCH86n85skDG1BQqAQub1PUU/CIEUJE8Goq"
    "DIcSjSD6qW+8CddphIcKYuTFvVoT2w4MY0tAz5etMve6xWe+TlmJEuJcb6jaOCLibBExbM"
    "QOyVqd+eLvVbkoGVME+RNnCr2Uxcr/jalInqTqpAnqRrIN7rD+h4Xk7f21xsmuQLHG4pFT"
    "6nKE0DPyWZ6/65Qrya2JdBKiGX5QVqUF4gOjOlTF0W3TKCdWoLlPCWgDe68ddJYfGFgrVb"
    "GdoK/0m7SFXh5/IvqaZgM8fWgNPMQ19dqhngBj63bUzjb9rWLf7f8CsHuMvSATvso+1NGJ"
    "56Xcr6PxbJ9FDMHMPzVy7TTFu7yyoEsa3XPl47QOoetiGI5eseiL0rCWZxShmNW2vJrFYJ"
    "FSSj18vo1Dn6aTbOHw36ualtk+4Xbpo30KL0lomNY0WMsKKQC9uQ529IVG9o/B+ueWwk/o"
    "+q0RGW2sFHmPkGOsb9iFOZHdzlDJdd9XvHv2Ztlpt9IZVbco0/uUIdhjWXVMuy59BYZ/iQ"
    "PVC9IWE7gH9Ao8v++TFlTEYXOaqQDIQ2slF0gMdX2Iz/mNueKmo3eVgJCIffu7b8lMrUGT"
    "rcWXbwEyLdoV0CYNhhI/51ZsAsDQoQYf/c0gUq/kCor52gLNFUxeAiOki0mWuTY961ReOH"
    "X4Xc9E8fLjSE52T4MHINHimTRjwQMrBpRAQiP/O1NG48sXGD/l8B6KB9A7Um+91uGTNGt5"
    "tvxsBniaS7Xz1uZcdQF2SWjhI1EOm9wxJA7yX36SXO+CjpBKIbqsCoAs5xqiYCvV/kQxYi"
    "vf82H2p8lkjGEO6GaayLAj/jdE2Kj9uKV1+EARN1v3tYZaIvKZqXbWT91tAGV/IIT6V0us"
    "WEm+KkmTxXr/Nwkletwx8Lptmk0USKc1SqxqEa5typVE4gQtKE72HbHpdLIarKGhSnqvNX"
    "Uic3GMNVfG1w5SyySdItJpB9msm+xjyyz8shpi4MeBbquLh0FuhNqrI5TrmVHIjS7Wk1Jm"
    "+1/OMLPxrIRH3Szew5Qyx9nrbp8yTTS64/veTTGBcvuaXDLzzmouJTK8POmGzSLjI5zkRj"
    "8QMpCUK7ZGCRbyYj45VlCwsapsdzmWotKDPeByZg0xk0GVmYDo3K2XkjYawDXuGzW2CEn/"
    "VCWMLmmob9ZEYYbf6taIjsYatbzJkBxx/MpsExYQjjqjYRryQSww1e1Ubvn4eJoU34PRBp"
    "qqupOv+BuZwz/AXf61wzKMfE97u7e/tvHD6171VzZ6qjDZUhA91rC34PftU0Svi3PwmX2U"
    "O8CV8EBsVbHJNwObI24WIkEwuuV6mcbxisj5KnRvbYjah4VM/j01lWufTcqR4laZIhZW2J"
    "BiPra1XJPkEqQ5rqJtvXxJ/qk2PPZ1kHHfGg8Hhzi01KnmlQYHBhF4edd4LuTLC2ujtM3P"
    "2PDaeFIJ8W9GLcq0jGsCh1+pzyTT1JX+E6yKdFO/bTuvLUCOq9Urv0XsEuvZexS4ffROVC"
    "8RmkTdAtbtoMn4BNycusUxp45Rsz7STxr9GUXz/6U9vyJuZCFGhVyE21mjiW00GDyrxu2e"
    "1H2iQbe6SNafZn+opsjlNKNteOzXWSXM445VvMk1/8x49LMcqUWlZIrewTTIyZCFAg5SJI"
    "HyqjDrMzJJchyszEJAYphIrAOJGTgkkmW3p6IUZuco1d/aKbXPSrLPtNRWmkAVv6CNTQR+"
    "A2UP19ozk7VCE+M7jLGrKjn3K51ChrAPWle148zWETayhmHDL90or5h0tUTpc0+jPY+nVu"
    "eYZqkj0cbdAXM271Tt5o9nSmegYWvuCWPrMBPrJj0wt/YCOXA62nuFw1/dIavf7gzX738M"
    "2no7M2G9tzNM3bFFFr6Fnhx1t7t3AAwPSlQk0vDr5IRtp8XdzGxvQAK4OIM/MOG+HcCCOD"
    "6eiMVgD/xFQQ1xsL2SUOpo/O4bcsz84v2gBQq51+IyaA2AebBjrfozhF2AjEt+9bTChOjK"
    "yKyUXOxTGyRkAfn+xldP/5qv8MzT/sT1UQDgkaiO1GPH7GlLLHqQRylKaROHfelQK6864A"
    "aXyYTCPtwL+C+lhxsP85uDjPBjtOldQlGZrH/mKm4T5HT6sCkBGP4lU7uUC345oh7CC5as"
    "PrqeIwmQGr+LilCRtkOlybo5trwCekcThbwIv0KvhmUEqA0wCjz4CruAvX41OMp53OMk4f"
    "hXG4OT1sMRw3vBPFO1uaXsc6ssY43AlXdViFVzhzpymb4HOz7TO3QFGhSIAqG2iS7pu20O"
    "fDg83soNIk9hJMYtLv40Ww2VRdT5m7KzE6SbuVtAOS0yty+kls3DXjpzRxP0uIZRj8NsPg"
    "t+01ULM1Yn1OA09j4R5gAml9wJ177uRYu5NN2sXlNLFZEEP7uP37CwZ9q/rUsFw2Ue85c7"
    "mHTpKU3Jr6euUy+8FC23EbfSbRRu3YD0uDsaGjNRpbjnbYkMg8D1jmMhiluQiM0LA3ZtTX"
    "3O7rRT7uapZzNqD2ZHyH/dvB0hoY/4Z8ZIG5+wONa8wxJbYbEFPhT3jnFxiqPcf4fj71M4"
    "VTBzbz1QyMG9S01c60o8tIuVoZyp/YkFvP9fcl2HFrhvxGzbhPYmSsNcCbsjFu2WBec4w3"
    "Ugv4iY24NYN82xpoaYWRVphnxIONfANSPb/S5/AclLY1Ccs8Uk2zlaE8oPvtIo2BBi3KO8"
    "urJPUyVTiit6nApEelpzQgeMAqVIZHVac4zCf9B/wLhF/TuOeuL9X7GeD86qtt8kpH6Ton"
    "gHMbLyXFgMPhg3C9oCysO2qz8N7yODAiMnjgzmAicwXlxBEJ9Pjh/8DQ7UhoCDDJ1oLNLR"
    "NVBqM7zmeuQn5JMPNH8MpR4NgfOtd/vjr1y3bCT1HdO0zCl9KEGDdsZOCmGCh6RjtstDTW"
    "UmcECVISdGN+q1rwwiE6QwX1v1I6DCQitQTVBcNe7mCeWzDTKP+fyv7kjh0kKRzb+kL0xP"
    "XSdb0ies24cVkcaX/HKl/xLJWRZvQ0UrH3d1xflx8HhnxkEmGybUd0Gn5FoXEc0FFoiMp4"
    "EejMgsW1RbTwReAf7MtP/as+u/Zfg1UoBgyWP3b++fRUKGQjY4kqG1cdTajXLR5P8KpHRh"
    "THW8BXNBYscgHNl0N6fCRhfY5/sFf9q6uLq1c4iuSr45+BDPt4am3WbO7ALpgZ+ZFfryZC"
    "VGcrWOuqf3n6axv2/OFpH/4H+zsWrTm6OLs8hcOCOOdtvnCNj1ZQuYYGheVqaFj0DxgY/n"
    "85sEo1bKTL/aZVCMFGXQXkKE0jcd6MOix2sknj/VjNmjitLFpT3lk2sTFXQz5NLKEvD31S"
    "8KiiI8uibcRys201GVcd04ClQxx5Kx0+M0iboKjctPtVWrZeZeIXKurl1C8z9TWYvZanGB"
    "luRPmTPkbUvOneKVPOuZNfzbmTKuZM2g9YoqsdI+NUzcP5oNR5/aDgvH6QPq8Ha0O1ZTxO"
    "1Tyo9/bLnNihVUE959R5XcaXrLSMPwfLxgupajz4fHTUHwxQM0Rqy+0oheLVjP0xoBJIqE"
    "6r6H9EVzmJxfMjeONUMno3LZdxx7Gdygnb41TN20bWLwgIxHwJtooMkCJsAtpbF3wJRIdT"
    "1ZobEKRWSAdQ2IdcWrJUPr75OLu+7KWKu2qR8JsglxO/+sSPmfCrqR4ShBL96uiLXBbVM7"
    "uk6OTyklHtATAStS9XSZ2TQStBzgBZ1SYgv1YHOEknwc3aIFXXtrCKa2V8s0glxGmI5+RK"
    "5dpzR6vo/5GkrPH+17q8uvjl5Lh/RfL9YHhy1hv2j7cj40dhCiT9YDgk6gfDqSTu63NHVK"
    "WaVvkoElSy7mdWti7Dcf2TRTVw04RyvUnDK1NabF6VsvSCLYvwkkLiW8LXbumAXAHjOJXE"
    "uYROO+YGXj7KN0olcZYpcGQKnHqBvZEUOP5nvwZUYdZ7g2Vvz2utKIttfJWMwQtDiMSPJD"
    "a9NeB7tuypmdjGd/oS2GZ6OVfG1U8L1ExMlyfUEnjKdFilMM1Nh7VE9eniWE/t24GnOl4r"
    "J541fN5+LK5VMe1bxQ3bPhrg+qNjT0XwpC3iJ4EeIyF9nTjPT0EFDUdt1DFBAwtbGDeY4Y"
    "niLzGak2IoPdtmtqlTrScjIxvWdl+PQa/nfhsK66Q4UQb/GAUvVG5gRCPs14RPwKEQ2zGH"
    "8YkJo8Mfmgp7NabsMjCo9JZ/wIJRuASO59od99wREcF/wPKFTHFVmyMqdpFbRzXK/jTij/"
    "j1JYmla1/tXPtqkrRAFIu2LZrWOaWk6WnhQu9XksaGFQpJC9uQqAcd1LyjVAjRtdBfbqlv"
    "Wnw/D49+YCP6mwLtcdEj7S+0mXIrY03f8LseLVtN9KnKe5VW2I/Gba7qO3ONzVB3+8tlfZ"
    "dYoex+v79/cPB2f/fg8F238/Zt991uqPVOPypSf388+YQa8NhXHajE8xfeaTDbqyy4IZFc"
    "aGu30EZFkzxDdtHn9Y0W7Lqxc5tfmawXLotZP/nC9WzzUmMZ4rycUuGzwmOZDa2U6sml5s"
    "AvB2TWBYmzeCJ6mNggYT7Yzp0vgeoG1z+wUGzFcxEKxIYvM3P9Fnsw4LnFMYUSJmx6EC0x"
    "DzSmCHBz80xt6/0ofZ94jNLrIbl/FpyqCzgPslvxYpHYils61mGmgnZjDtI7D5NQBZ5O4W"
    "2Hi7xPsLAB2phcmrqFe9eWr5yE36CHfdPZs81GMbdKOm7CkZS7cGyAb26H9dCpm410rurC"
    "wXuE6gUfEw2awpjHc9cvL2147WvLIvg07oOiCi3BSNDAjBeKAWduYaquyjmkkumfloWk24"
    "WJjcJZqfgU5ZIb5aVZkpoKmb5oY65rMn1Rjrwj0xfJ9EUyfdEzAV6mL2o49DJ9UQ3CqWT6"
    "Ipm+qCbAy/RFTz/dZfqiLS0rMn3RtqCW6Yvqs4w/N9ObDCeQ4TFNwlmGeW0WXxmquHmMnz"
    "YBSN122w0kGEJdYn56iiKvkwziJoG8ZfeTiN22wjRPUDUJ/w0kCakMbxapxDgD46XJv6qE"
    "FKeUElKtJaTQLaPKkSdG1Lwzz2GZosqH+VWVD1NllWW4tQy3rqMX4qPh1k/jhPgZ1QIfKY"
    "6sleGHGH3cLnJFjAWkUdNSISLufOoHbSA+YcwGubihf15QQ5LemAjloLKNMFy212VTw5p7"
    "WS6Hm3gJ+hViv7q6oH4x8m/BcIdlf2J/QGxQkJ871ybwVoEKvJfCJNtsJG5gJckdrFq5IF"
    "c9w/XLWWLs4HKE9tyDLqBR+9rCQUIfi0j1SRw7UPrBgvnxKpHpF74d/1gqLfwKkSl3wGXz"
    "apUEZUjLeqWdfA+9GEOrHB9jhPL0WOvT49b1kXVj5sYV69JJcsNOkmGkQvmNIiRpkuJgy8"
    "oxyhxfEfcljQR+ZeAfUb8X4d9oDfyW2VAiU3fhErS2ZN2SHXSwLEquW8SIBufX3TILpI5M"
    "6sikjqy0jqynadx1h7j4tzJ0ZNHH7SIdmUoNI7tImYjdGXdc21JNJqhFohPSEYmG7g67sM"
    "wFhcgOfuq92e8eokLI9WBu6VkhuN/eYaUgUhm++bThm/T/CkAH7Ru4yu+VEmr3CoTavbRQ"
    "K1LST1Q3I6lMPspxqsZN6/Wb9VzNnmXFPf1zcHGe41oaUiQ1m4bmsb+YabjP8cRYACxiEV"
    "NnpkI/klEe7bieEjtIhX5I9+2XoF7mX2cGdLcCm+OUa2BzzRwWmsRlU3U9BY5mq3zOSVrJ"
    "6TpzWor4UsSXIn5pEb8/VQ0TPg2L9HEpET/6uF0k4nNsqGjUsnxSLmpOHioWSuX23EJvEf"
    "jaMcVSe5mGGjNL2xbfYeh9MoG/uINUwSOfgJJFOeiUQumwxgumMqyVnZmPa0uvRpcZ0iog"
    "QaBV8OmxQUTDwD5bnmGy0fJcgYmwxra+YIA2p1dM1HuefLdUTdRxwWwXqCaAeQp9MFXQjh"
    "E1cJ/a75aRnaFVvuW9m5KeQ9CUG/x0K03vLNpN4f6Es30TUea4slVWDcWIGreqrF8zJBUU"
    "jx3KGiHQ1EhBUbOFrElclmKrFFul2FpabB0Aj04yjdL+k3aRsOpCG8Uoa4q+sDhDijcY22"
    "DpQQ5krKlxAzLfDawCk6AMB8VQYLI/w5pzLKvBXquBoVmdGubiu7Qwuub+/dJL4mYoXX4A"
    "gTTWF6VhZme9I2ZT/aYJVX4CEdjQaRQq82c0oNBmrh20AGEYpFkUhF0x0rnjcMu7tpbNd+"
    "IyrCEacug0EHwFTXxAbaCydEGSaC9+mpRz67jCtgvk3OWUSMOd6+0WJ2qSs9v6YtNtb8WT"
    "f5xSnvxrfSZ8Xid/yeZV2Sx2vco8XpJJ0a7O/HX4PZxvVlqtY5TS7lxnLstMsekTpswU+5"
    "x1+FK9/BLWLal4lIpHqXiskDaGlE4Z+WIEN4oSxfiJ+MsHv6BDinBNEe4nwg7NxJfokhKO"
    "WbYzVU3jT7h/r5pzjr4rE0ObsOncxXQuTDA+PyBmnS9B3eNIuNYo1OUI8JuORak4HmahEV"
    "5CfrjNKPjT4Zrt6CP24Bge6TZlRffaLGftAi0fcrVqsE2UpoF7SLfMeaybfxzrpk5jAWAr"
    "+LFkkDZulu+VQnyvAPK9NOaVXbSke1ZF96xVXbM245ZVo/m8EYluprruA2yxlT2zUoQNnN"
    "8biZG0DO2uchxqhKZ5qor174zqPRxMHGXuVFqq41TNw3lTRShngFOl6RwSNBHjUggX4Juq"
    "zmSbFesNBxR1XpFbnwf9Kywv3Ds+O9lSZWHEJSgrjK/HIsL0+kr1g11P9eYZwddFHFnS1J"
    "onvaPhyS995MrxyaD38bR/vB3GCHgC1ohRIHOCUVTij/9rFT+1R5V1KYO0eSvURg410jCQ"
    "i36jDAMzfUU2xyklm2vNZopuN+1bw1o1ND5KLH0U6szrqW15E3MhEnEpf8xtL2PLLMpEmN"
    "PBSk6aNePzE6XojNhKqrEiSbk9R9ndJAd2nwPqKYPs09gPf+GOcWNo5N98BLdaGbbEVJt2"
    "kV3xPtJawRjK0kZG1/j6RjduDY8i0dsMtXtcb7MxzCmdeTZTGa3tfjzAbO7AgpRpSfyGns"
    "o49IsdJqLuFfT4z8iRUrr7P7EhMMmmsoCn2FtjublW+vzlZ1BePREhqjPOrav+p5PBsH/V"
    "Zpe9weDLxdWxctWHxqix6J/1Tk4VwOX8U387WgsftUBtEQwOFRfx4eGd6PAqqTPqEjZfq0"
    "9n/YHzqudhwaEqhWGjJDIkKesgK5VCL0GCfF4hSTJiZcVYBvhp8+lqX3OcVOqD6sbnmsjB"
    "PZBatUkrK6u8eNIuTCi/bPOYnJvP2DV7lr6Umn/feGTIFx/vueNmhornn30jJA08+e53y8"
    "RPQasCl7tUBBV+VBUQ9ps3EN3N2EZty8sMTstP1x4hkfnaK+Zrf9LN7O//B8b2yEc="
)
