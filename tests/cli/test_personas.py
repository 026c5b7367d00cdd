"""`gql-chat personas …`."""

from pathlib import Path

from tests.support.command_line import invoke

PERSONAS = """- name: Pirate
  content: You are a pirate.
- name: 海盗
  content: 你是海盗。
"""


def test_personas_check_lists_the_names_of_a_good_file(tmp_path: Path) -> None:
    file = tmp_path / "good.yaml"
    for encoding in ("utf-8", "utf-8-sig"):
        file.write_text(PERSONAS, encoding=encoding)
        result = invoke("personas", "check", file)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "Pirate\n海盗\n", "")


def test_personas_check_says_which_line_of_a_bad_file_is_at_fault(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(PERSONAS + "- nam: x\n", encoding="utf-8")
    result = invoke("personas", "check", file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {file}:5: a persona has `name` and `content` only, not 'nam'\n"
    file.write_bytes("名".encode("gbk"))
    assert invoke("personas", "check", file).stderr == f"Error: {file}: is not UTF-8 text\n"
