"""A receipt as people, telephones and programs write it."""

from __future__ import annotations

_WIDE = str.maketrans({str(digit): chr(0xFF10 + digit) for digit in range(10)})

SPELLINGS = {
    "plain": lambda receipt: receipt,
    "with a dash and a space": lambda receipt: f" {receipt[:4]}-{receipt[4:8]} {receipt[8:]} ",
    "full width": lambda receipt: receipt.translate(_WIDE),
    "full width with full-width dashes": lambda receipt: (
        f"{receipt[:4]}－{receipt[4:8]}－{receipt[8:]}".translate(_WIDE)
    ),
    "with the line end of a file": lambda receipt: f"{receipt}\r\n",
    "over two lines": lambda receipt: f"{receipt[:6]}\r\n{receipt[6:]}",
    "with Chinese spaces": lambda receipt: f"{receipt[:4]}\u3000{receipt[4:8]}\u3000{receipt[8:]}",
    "with spaces that do not break": lambda receipt: f"{receipt[:4]}\u00a0{receipt[4:8]}\u202f{receipt[8:]}",
    "with marks that show nothing": lambda receipt: f"\u200b{receipt[:4]}\u2060{receipt[4:]}\ufeff",
    "with long dashes": lambda receipt: f"{receipt[:4]}—{receipt[4:8]}–{receipt[8:]}",
    "with minus signs": lambda receipt: f"{receipt[:4]}\u2212{receipt[4:8]}\u2212{receipt[8:]}",
}
