"""Invented people for the demonstration: their names, their numbers and what is said to them."""

from random import Random

SURNAMES = (
    "王李張劉陳楊黃趙周吳徐孫馬朱胡林郭何高羅鄭梁謝宋唐許韓馮鄧曹彭曾蕭田董袁潘蔣蔡余"
    "杜葉程蘇魏呂丁任沈姚盧姜崔鍾譚陸汪范金石廖賈夏"
)
GIVEN = (
    "麗華 志強 秀蘭 建國 淑芬 文傑 美玲 俊賢 玉珍 國棟 雅婷 明輝 秀英 家豪 素琴 志明 惠君 振東 "
    "桂芳 永康 春梅 光明 月娥 偉 敏 靜 芳 軍 平 濤 玲 超 秀珍 宏 玉蘭 建華 麗娟 曉東 雪梅 立新"
).split()
#: What a window promises to do next time, and what to bring then.
PROMISES = (
    ("補齊材料後登記", "戶口簿原件"),
    ("核對結果，簽名領取", "身分證和受理單"),
    ("再看一次，調整安排", "上次的單據"),
    ("配件到了，約師傅再上門", "上次的報修單"),
)
#: Why somebody wants no next appointment.
WAIVERS = ("下週出遠門，回來再打電話約。", "由家人代辦，不另外約時間。")
#: What people complain of whom nobody called in time.
COMPLAINTS = (
    "我提早到了，窗口一直沒有叫我，也沒有人說一聲。",
    "約好的時間過了還在等，請給我一個說法。",
)
#: What somebody says who was noted as missing.
OBJECTIONS = ("我提前到了，坐在走廊等，沒聽到叫號。", "當天我來了，窗口說系統壞了，讓我先回去。")
LATIN = ("Anna Kowalska", "John Smith", "Nguyễn Thị Mai", "Fatima Noor")
#: Why an afternoon is closed.
REASON = {
    "zh_Hant": "全體人員培訓",
    "zh_Hans": "全体人员培训",
    "en": "Training of the staff",
}


def invent_name(random: Random) -> str:
    """A name; now and then one from elsewhere."""
    if random.random() < 0.03:
        return random.choice(LATIN)
    return random.choice(SURNAMES) + random.choice(GIVEN)


def invent_colleague(random: Random) -> str:
    """The name of somebody who works here."""
    return random.choice(SURNAMES) + random.choice(GIVEN)


def invent_email(random: Random) -> str:
    """An address that reaches nobody."""
    return f"resident{random.randrange(10**6):06d}@example.com"


def invent_phone(random: Random) -> str:
    """A mobile number in its written form."""
    return f"+86138{random.randrange(10**8):08d}"


def invent_id(random: Random) -> str:
    """An ID number with a right check digit, of nobody."""
    body = f"330127{random.randrange(1950, 2006)}{random.randrange(1, 13):02d}"
    body += f"{random.randrange(1, 29):02d}{random.randrange(1000):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(figure) * weight for figure, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]
