"""A small rule-based text generator: the same messages always get the same reply, in the language of the last one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gql_chat.demo.arithmetic import arithmetic
from gql_chat.demo.long_replies import code, counting, listing, long_text, poem, table
from gql_chat.demo.prompt import Prompt, clip
from gql_chat.demo.tokens import text_of

Rule = Callable[[Prompt], str | None]


def reply(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the reply to a call's last user message, or the rest of a reply that the user asks to continue."""
    return _rest(messages) or _apply(Prompt.read(messages))[1]


def thoughts(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the reasoning that leads to the reply."""
    prompt = Prompt.read(messages)
    rule, answer = _apply(prompt)
    return prompt.say(
        f"The user writes in English and has written {len(prompt.earlier)} messages before. "
        f"The rule “{rule.__name__}” fits, and it gives {len(answer)} characters. I can answer now.",
        f"用户用中文写，之前发过{len(prompt.earlier)}条消息。适用的规则是“{rule.__name__}”，回答有{len(answer)}个字符。可以回答了。",
    )


def _rest(messages: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the rest of a reply that was cut off, if the last message asks to continue it."""
    if len(messages) < 3 or messages[-2].get("role") != "assistant":
        return None
    if not Prompt.read(messages[-1:]).search(r"\bcontinue\b|继续"):
        return None
    whole, begun = _apply(Prompt.read(messages[:-2]))[1], text_of(messages[-2])
    return whole.removeprefix(begun) if begun and whole.startswith(begun) else None


def _apply(prompt: Prompt) -> tuple[Rule, str]:
    """Return the first rule that has an answer, and the answer; small talk always has one."""
    for rule in _RULES:
        answer = rule(prompt)
        if answer is not None:
            return rule, answer
    return small_talk, small_talk(prompt)


def image(prompt: Prompt) -> str | None:
    """Admit that a model made of rules sees no pictures."""
    if not prompt.image_count:
        return None
    return prompt.say(
        f"Images received: {prompt.image_count}. 🖼️ Thank you! A model made of rules has no eyes, though.",
        f"收到{prompt.image_count}张图片，谢谢！🖼️ 可惜规则做的模型没有眼睛。",
    )


def title(prompt: Prompt) -> str | None:
    """Return a title for a conversation: the beginning of its first message."""
    if not prompt.search(
        r"\btitle\b.*\b(?:conversation|chat|exchange)\b|(?:对话|会话|聊天).*标题|标题.*(?:对话|会话|聊天)"
    ):
        return None
    if not prompt.earlier:
        return clip(prompt.text.rpartition("\n")[2], 30)
    # The text of a file comes before the message itself.
    said = prompt.earlier[0].rpartition("```\n\n")[2]
    return clip(said, 30) or prompt.say("Something to look at", "看图说话")


def echo(prompt: Prompt) -> str | None:
    """Repeat the text of `echo …`, `say …` or `重复：…`."""
    match = prompt.search(r"^(?:please\s+)?(?:echo|repeat(?:\s+after\s+me)?|say)\b[\s:]*") or prompt.search(
        r"^请?(?:重复|复述|跟我说|说)[\s:：，]*"
    )
    said = prompt.text[match.end() :].strip("\"'“”「」") if match else ""
    return said or None


def name(prompt: Prompt) -> str | None:
    """Remember the user's name, which is the shortest proof that earlier messages reach the model."""
    if prompt.search(r"\bwhat(?:'s| is) my name\b|\bwho am i\b|我叫什么|我的名字是什么|我是谁"):
        names = [found for earlier in prompt.earlier if (found := _name_in(Prompt(earlier)))]
        if not names:
            return prompt.say("You have not told me yet. What is your name? 🤔", "你还没告诉我呢，怎么称呼你？🤔")
        return prompt.say(f"Your name is {names[-1]}. 😊", f"你叫{names[-1]}。😊")
    stated = _name_in(prompt)
    return stated and prompt.say(f"Nice to meet you, {stated}! 🤝", f"很高兴认识你，{stated}！🤝")


def recall(prompt: Prompt) -> str | None:
    """Return the user's message before this one."""
    if not prompt.search(r"\bwhat did i (?:just )?(?:say|ask|write)\b|我刚才?(?:说|问)了?什么|我刚刚(?:说|问)了?什么"):
        return None
    if not prompt.earlier:
        return prompt.say("This is your first message. 🌱", "这是你的第一条消息。🌱")
    said = clip(prompt.earlier[-1], 200)
    return prompt.say(f"Just before this you said: “{said}” 📝", f"你刚才说的是：“{said}” 📝")


def abilities(prompt: Prompt) -> str | None:
    """Answer `What can you do?`."""
    asked = prompt.search(
        r"\bwhat can you do\b|\bwho are you\b|\bwhat are you\b|\byour (?:abilities|skills)\b|^help\W*$"
    )
    if not asked and not prompt.search(r"你(?:能|会|可以)(?:做|干)?(?:些?什么|啥)|你是谁|介绍.{0,4}自己|^帮助\W*$"):
        return None
    english = (
        "Hello! 👋 I am a small demo model: a handful of rules, no neural network, and no account needed. I can\n\n"
        "- compute: `2+3*4` 🧮\n"
        "- count: `count to 20`\n"
        "- write: `write a poem about rain`, `a list of 5 ideas`, `some code`, `a table` ✍️\n"
        "- write at length: `write a long text of 500 words`\n"
        "- repeat: `echo Hello`, and remember: `my name is Ada`, then `what is my name?`\n\n"
        "I speak English 与中文. Put a real key into the server and a real model will answer here instead. 🚀"
    )
    chinese = (
        "你好！👋 我是一个小小的演示模型：只有几条规则，没有神经网络，也不需要任何账号。我会\n\n"
        "- 计算：`2+3*4` 🧮\n"
        "- 数数：`数到20`\n"
        "- 写作：`写一首关于雨的诗`、`列出5个点子`、`写段代码`、`画个表格` ✍️\n"
        "- 写长文：`写一篇800字的文章`\n"
        "- 复述：`重复：你好`，还有记性：`我叫小明`，然后问`我叫什么？`\n\n"
        "我会说中文 and English。给服务器配一个真正的密钥，就会由真正的模型来回答。🚀"
    )
    return prompt.say(english, chinese) + _persona(prompt)


def greeting(prompt: Prompt) -> str | None:
    """Answer a short greeting with a short greeting."""
    if not prompt.search(
        r"^(?:hi|hello|hey|good (?:morning|afternoon|evening))\b.{0,20}$|^(?:你好|您好|嗨|哈喽|早上好|晚上好).{0,8}$"
    ):
        return None
    return prompt.say("Hello! 👋 How can I help you today?", "你好！👋 今天想聊点什么？") + _persona(prompt)


def courtesy(prompt: Prompt) -> str | None:
    """Answer thanks and goodbyes."""
    if prompt.search(r"\bthank(?:s| you)\b|谢谢|多谢"):
        return prompt.say("You are welcome! 😊", "不客气！😊")
    if prompt.search(r"^(?:good)?bye\b|\bsee you\b|\bgood night\b|再见|拜拜|晚安"):
        return prompt.say("Goodbye, and come back soon! 👋", "再见，欢迎常来！👋")
    return None


def small_talk(prompt: Prompt) -> str:
    """Answer when no other rule fits, with another sentence on each turn."""
    said = clip(prompt.text, 80)
    english = (
        f"You said: “{said}”. I have no rule for that, but I like how it sounds. 🙂",
        f"“{said}”: now that is beyond a model made of a few rules. Ask me what I can do! 🤖",
        f"I wish I knew more about “{said}”. Shall I write you a poem or a list instead? ✨",
    )
    chinese = (
        f"你说：“{said}”。我没有这方面的规则，不过听起来很有意思。🙂",
        f"“{said}”——这超出了几条规则的能力。可以问问我会做什么！🤖",
        f"真希望我更懂“{said}”。要不要我写首诗或者列个清单？✨",
    )
    turn = len(prompt.earlier) % len(english)
    return prompt.say(english[turn], chinese[turn])


_RULES: tuple[Rule, ...] = (
    title,
    image,
    echo,
    arithmetic,
    counting,
    abilities,
    name,
    recall,
    long_text,
    poem,
    listing,
    code,
    table,
    greeting,
    courtesy,
)


def _name_in(prompt: Prompt) -> str | None:
    match = prompt.search(r"\bmy name is\s+([\w-]{1,40})") or prompt.search(r"(?:我叫|我的名字是)\s*(?!什么)(\w{1,20})")
    return match[1] if match else None


def _persona(prompt: Prompt) -> str:
    """Return a note which shows that the system prompt arrived, empty without one."""
    if not prompt.persona:
        return ""
    persona = clip(prompt.persona, 60)
    return prompt.say(f"\n\n_(My persona here: “{persona}”)_", f"\n\n_（我的人设：“{persona}”）_")
