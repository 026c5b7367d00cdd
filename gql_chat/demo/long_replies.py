"""Rules for longer replies: poems, lists, code, tables, counting, texts of a given length."""

import itertools

from gql_chat.demo.prompt import Prompt, clip

_MAX_COUNT = 1_000
_MAX_WORDS = 20_000
_DEFAULT_WORDS = 500

_PARAGRAPHS = (
    "A reply is a growing text, and whoever watches it holds a position in it. "
    "When the line drops, nothing is lost: the watcher comes back, names the place where it stood, and reads on.",
    "Rivers work the same way. They do not ask who is looking; they carry what the hills gave them, "
    "drop by drop, and the sea takes it all in the order in which it came. 🌊",
    "So take your time, close the window if you like, and open it again on another device. "
    "The words that were written while you were away will be waiting for you, every one of them.",
)
_PARAGRAPHS_CHINESE = (
    "一条回复就像一段不断生长的文字，每一位读者都停在其中的某个位置。网络断了也没有关系，回来之后报上位置，接着读就好。",
    "河流也是这样。它不问谁在岸边看，只把山里的雨水一滴一滴地送往大海，先来的先到，后来的后到。🌊",
    "所以不必着急，关上窗口也好，换一台设备也好，你离开时写下的每一个字，都会在原处等你回来。",
)
_IDEAS = (
    "Take a walk without a map 🚶",
    "Write a letter by hand",
    "Cook something you cannot pronounce 🍲",
    "Learn three words of a new language",
    "Repair something instead of replacing it 🔧",
    "Call an old friend",
    "Read ten pages of a book nobody recommended 📚",
)
_IDEAS_CHINESE = (
    "不看地图出门散步 🚶",
    "亲手写一封信",
    "做一道从没做过的菜 🍲",
    "学三个外语单词",
    "把坏了的东西修好 🔧",
    "给老朋友打个电话",
    "读十页没人推荐过的书 📚",
)
_CODE = '''```python
def fibonacci(count: int) -> list[int]:
    """The first `count` Fibonacci numbers."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


print(fibonacci(10))  # [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
```'''


def counting(prompt: Prompt) -> str | None:
    """Count: `count to 10`, `从3数到7`."""
    match = prompt.search(r"\bcount\s+(?:up\s+)?(?:from\s+(\d{1,9})\s+)?(?:up\s+)?to\s+(\d{1,9})\b") or prompt.search(
        r"(?:从\s*(\d{1,9})\s*)?数到\s*(\d{1,9})"
    )
    if match is None:
        return None
    first, last = int(match[1] or 1), int(match[2])
    step = 1 if first <= last else -1
    numbers = [str(number) for number in range(first, last + step, step)[:_MAX_COUNT]]
    return prompt.say(", ".join(numbers) + ". 🎉", "、".join(numbers) + "。🎉")


def long_text(prompt: Prompt) -> str | None:
    """Write exactly the requested number of words or Chinese characters: `a text of 500 words`, `写一篇800字的文章`."""
    if match := prompt.search(r"\b(\d{1,9})[\s-]*words?\b") or prompt.search(r"(\d{1,9})\s*个?字"):
        length = max(1, min(int(match[1]), _MAX_WORDS))
    elif prompt.search(r"\blong\s+(?:text|story|essay|answer|reply)\b|长文|长篇|很长的"):
        length = _DEFAULT_WORDS
    else:
        return None
    return _characters(length) if prompt.is_chinese else _words(length)


def poem(prompt: Prompt) -> str | None:
    """Write four lines, about the subject if there is one."""
    if not prompt.search(r"\b(?:poem|haiku|verse)\b|诗"):
        return None
    subject = _subject(prompt)
    english = (
        f"**A small poem about {subject or 'streams'}** 🍃\n\n"
        "It came to me one word at a time,\n"
        "with hardly a reason and barely a rhyme;\n"
        f"but {subject or 'the stream'} goes on when the page is closed,\n"
        "and waits where you left it, unread and composed."
    )
    chinese = (
        f"**小诗一首：{subject or '流水'}** 🍃\n\n"
        "一字一句慢慢来，\n"
        "窗前灯火为谁开。\n"
        "纵使中途人散去，\n"
        f"{subject or '流水'}依旧入君怀。"
    )
    return prompt.say(english, chinese)


def listing(prompt: Prompt) -> str | None:
    """Write a numbered list of the requested length."""
    if not prompt.search(r"\b(?:list|ideas|suggestions|tips)\b|列表|清单|列出|列举|建议|点子"):
        return None
    match = prompt.search(r"\d{1,9}")
    count = min(int(match[0]), _MAX_COUNT) if match else len(_IDEAS)
    ideas = itertools.cycle(_IDEAS_CHINESE if prompt.is_chinese else _IDEAS)
    lines = [f"{number}. {idea}" for number, idea in zip(range(1, count + 1), ideas, strict=False)]
    return prompt.say("Here is a list for you:", "给你列个清单：") + "\n\n" + "\n".join(lines)


def code(prompt: Prompt) -> str | None:
    """Write a fenced block, always of the same program."""
    if not prompt.search(r"\b(?:code|program|function|script|python)\b|代码|程序|函数|脚本"):
        return None
    english = f"Here is the one program that I know by heart:\n\n{_CODE}\n\nIt runs as it stands. ✅"
    chinese = f"我只背得出这一个程序：\n\n{_CODE}\n\n可以直接运行。✅"
    return prompt.say(english, chinese)


def table(prompt: Prompt) -> str | None:
    """Write a Markdown table."""
    if not prompt.search(r"\b(?:table|markdown)\b|表格"):
        return None
    english = (
        "| State | Who ended it | Text kept |\n|---|---|---|\n"
        "| completed ✅ | the model | all |\n"
        "| stopped ✋ | you | what had come |\n"
        "| failed ❌ | the provider | what had come |"
    )
    chinese = (
        "| 状态 | 谁结束的 | 保留的文字 |\n|---|---|---|\n"
        "| 完成 ✅ | 模型 | 全部 |\n| 停止 ✋ | 你 | 已到的部分 |\n| 失败 ❌ | 服务商 | 已到的部分 |"
    )
    return prompt.say(english, chinese)


def _subject(prompt: Prompt) -> str | None:
    match = prompt.search(r"\b(?:about|on)\s+(?:the\s+)?([^.!?\n]+)") or prompt.search(r"关于([^。！？\s]+?)的")
    return clip(match[1], 40) if match else None


def _words(count: int) -> str:
    """Write numbered paragraphs, so that a reader sees at once whether something is missing."""
    paragraphs: list[str] = []
    for number, paragraph in enumerate(itertools.cycle(_PARAGRAPHS), start=1):
        words = f"Part {number}. {paragraph}".split()[:count]
        count -= len(words)
        paragraphs.append(" ".join(words))
        if count <= 0:
            break
    text = "\n\n".join(paragraphs)
    return text if text.endswith((".", "🌊")) else text.rstrip(",:;") + "…"


def _characters(count: int) -> str:
    text = ""
    for number, paragraph in enumerate(itertools.cycle(_PARAGRAPHS_CHINESE), start=1):
        text += f"第{number}段，{paragraph}"
        if len(text) >= count:
            break
    return text if len(text) == count else text[: count - 1] + "…"
