"""Short texts in any encoding are read as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql_chat.files.extraction.decoding import SAMPLE_BYTES, decode_text

SIMPLIFIED = """关于召开第三季度工作会议的通知
小明和小红一起去图书馆借书
用户登录后才能查看订单详情
苹果，香蕉，橙子，葡萄
鲁迅《狂人日记》
床前明月光，疑是地上霜
# 安装步骤
运行以下命令：npm install
警告：磁盘空间不足
湖北省武汉市洪山区珞喻路1037号
产品编号,库存,单价
合同甲方：上海某某科技有限公司
你吃饭了吗？
红楼梦
TODO: 修复内存泄漏
return "成功"
部门: 财务部
一二三四五
海内存知己，天涯若比邻
错误：文件不存在
张三,28,北京""".splitlines()
TRADITIONAL = """關於召開第三季度工作會議的通知
小明和小紅一起去圖書館借書
使用者登入後才能查看訂單詳情
蘋果，香蕉，橙子，葡萄
魯迅《狂人日記》
床前明月光，疑是地上霜
# 安裝步驟
執行以下指令：npm install
警告：磁碟空間不足
臺北市信義區市府路1號
產品編號,庫存,單價
合約甲方：某某科技股份有限公司
你吃飯了嗎？
謝謝
紅樓夢
TODO: 修復記憶體洩漏
return "成功"
部門: 財務部
一二三四五
海內存知己，天涯若比鄰""".splitlines()
JAPANESE = """お問い合わせありがとうございます
東京都千代田区丸の内1-1-1
りんご、バナナ、みかん
夏目漱石『坊っちゃん』
古池や蛙飛び込む水の音
# インストール手順
次のコマンドを実行してください
警告：ディスク容量が不足しています
商品番号,在庫,単価
ありがとう
株式会社サンプル
TODO: メモリリークを修正
return "成功"
部署: 経理部
おはよう
ラーメンが食べたい
雨ニモマケズ""".splitlines()
LATIN = """Voilà
garçon
Les élèves étaient fatigués
Übergrößenträger
Die Bären fraßen süße Früchte
mañana
¡Hola! ¿Qué tal?
coração
Não há nada
Ærø
blåbærsyltetøj
fjörður
Zoë
CAFÉ
ÜBER UNS
température : 25 °C
§ 12 Abs. 3
50 € – 100 €
“quoted” text – dash""".splitlines()
CYRILLIC = """Уважаемые коллеги
ПРИВЕТ
Москва, ул. Ленина, 5
спасибо
Привет, мир!""".splitlines()
KOREAN = """감사합니다
서울특별시 강남구
경고: 디스크 공간 부족
대한민국""".splitlines()

WRITTEN = {
    "gb18030": SIMPLIFIED,
    "big5": TRADITIONAL,
    "shift_jis": [*JAPANESE, "漢字", "春夏秋冬", "ﾊﾝｶｸ ｶﾅ テスト"],
    "euc_jp": JAPANESE,
    "iso2022_jp": JAPANESE,
    "cp1252": LATIN,
    "cp1251": CYRILLIC,
    "koi8-r": [text for text in CYRILLIC if text[1:2].islower() and text[:1].isupper()],  # else: capitals of the other
    "euc_kr": KOREAN,
}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [(encoding, text) for encoding, texts in WRITTEN.items() for text in [*texts, "\n".join(texts)]],
)
def test_a_line_is_read_in_the_encoding_of_its_country(encoding: str, text: str) -> None:
    assert decode_text(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", UNICODE)
@pytest.mark.parametrize("texts", [SIMPLIFIED[:13], TRADITIONAL, JAPANESE, LATIN, CYRILLIC, KOREAN])
def test_a_line_is_read_in_every_unicode_with_and_without_a_mark(encoding: str, texts: list[str]) -> None:
    for text in [*texts, "\t\r\n".join(texts)]:
        assert decode_text(text.encode(encoding)).removeprefix("\ufeff") == text


@given(st.text())
def test_whatever_is_utf_8_or_has_a_mark_is_read_exactly(text: str) -> None:
    assert decode_text(b"\xef\xbb\xbf" + text.encode()) == text
    if not text.startswith("\0"):  # together with UTF-16's mark that is the one of UTF-32
        assert decode_text(text.encode("utf-16")) == text
    if not set(text) & {chr(code) for code in range(0x20)}:  # which UTF-16 without a mark may be the reason for
        assert decode_text(text.encode()) == text.removeprefix("\ufeff")


@given(st.binary(max_size=300))
def test_nothing_that_comes_is_too_much(data: bytes) -> None:
    assert isinstance(decode_text(data), str)


@pytest.mark.parametrize(
    ("head", "encoding", "text"),
    [
        ('<html><head><meta charset="big5">', "big5", "谢"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030", "é"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "cp1252", "Ã¤ ÿþ"),
        ("# -*- coding: cp1251 -*-", "cp1251", "x = 'Ж'"),
        ('@charset "shift_jis";', "cp932", "ﾊ"),
    ],
)
def test_a_declaration_is_believed(head: str, encoding: str, text: str) -> None:
    if encoding in ("big5", "gb18030"):
        text = text if text != "谢" else "謝"
    written = f"{head}\n{text}\n"
    assert decode_text(written.encode(encoding)) == written


@pytest.mark.parametrize("name", ["utf-8", "base64", "rot13", "nonsense", "utf-16"])
def test_a_declaration_that_cannot_be_true_is_not_believed(name: str) -> None:
    written = f'<meta charset="{name}">\nVoilà garçon'
    assert decode_text(written.encode("cp1252")) == written


def test_what_comes_long_after_the_beginning_tells_too() -> None:
    written = "x = 1\n" * SAMPLE_BYTES + "# 安装步骤：运行以下命令\n"
    assert decode_text(written.encode("gb18030")) == written


def test_a_few_spoilt_bytes_do_not_change_the_rest() -> None:
    written = "\n".join(SIMPLIFIED).encode()
    assert decode_text(written + b"\xff") == "\n".join(SIMPLIFIED) + "\ufffd"
    assert decode_text("\n".join(SIMPLIFIED).encode("gb18030") + "末".encode("gb18030")[:1]).startswith(SIMPLIFIED[0])


def test_a_stray_nul_makes_no_other_encoding() -> None:
    assert decode_text(b"hello\0world!") == "hello\0world!"


@pytest.mark.parametrize(
    ("encoding", "text", "private"), [("cp949", "笭懈충遣", "\ue2fa"), ("cp950", "詩抎炕", "\ue000")]
)
def test_an_encoding_that_needs_characters_for_private_use_is_not_chosen(
    encoding: str, text: str, private: str
) -> None:
    data = text.encode(encoding)
    assert private in data.decode("gb18030")
    assert decode_text(data) == text
