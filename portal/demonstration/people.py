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
#: The shifts of a desk that never closes: what they are called, and from which hour to which.
SHIFTS = (
    ({"zh_Hant": "早班", "zh_Hans": "早班", "en": "Early shift"}, 6, 14),
    ({"zh_Hant": "中班", "zh_Hans": "中班", "en": "Late shift"}, 14, 22),
    ({"zh_Hant": "夜班", "zh_Hans": "夜班", "en": "Night shift"}, 22, 30),
)
DUTY_ROOM = ("值", {"zh_Hant": "值班室", "zh_Hans": "值班室", "en": "Duty room"})
#: What whoever keeps a post answers for.
STATEMENT = {
    "zh_Hant": (
        "按時到崗，離崗有人頂。\n首次受理的事，問到底、跟到底。\n"
        "需要的材料一次說清楚。\n對來辦事的人有禮貌，不收任何好處。"
    ),
    "zh_Hans": (
        "按时到岗，离岗有人顶。\n首次受理的事，问到底、跟到底。\n"
        "需要的材料一次说清楚。\n对来办事的人有礼貌，不收任何好处。"
    ),
    "en": (
        "Be at the post in time, and leave it to nobody but a colleague.\n"
        "Follow whatever is brought to you first, to its end.\n"
        "Name all papers at once.\nBe polite, and take nothing for it."
    ),
}
#: For how many days from now on a qualification holds.
QUALIFIED_FOR = 300
#: Why somebody is away.
AWAY = "約了手術，要住院一天。"
#: Why somebody was late.
LATE = "公車半路拋錨，車上有司機開的證明。"
LATIN = ("Anna Kowalska", "John Smith", "Nguyễn Thị Mai", "Fatima Noor")
#: By house: kinds of matters, what is brought, where, in which words, and what came of it.
BROUGHT = {
    "sun": (
        (
            "repair",
            "廚房天花板滲水",
            "3號樓201",
            "早上起來吊頂在滴水，越來越快。",
            "換了墊片，不漏了。",
        ),
        ("repair", "樓道燈不亮", "4號樓2單元", "三樓到四樓都是黑的。", "換了燈，線也查過了。"),
        (
            "complaint",
            "快遞櫃旁一直積水",
            "6號樓門口",
            "下雨三天了還沒掃。",
            "已疏通，每天查一次。",
        ),
        (
            "enquiry",
            "裝修要辦什麼手續",
            "5號樓402",
            "想問要帶什麼，多久能批。",
            "清單已發，三天可批。",
        ),
        (
            "suggestion",
            "地下車庫多裝一面鏡子",
            "地下車庫B區",
            "轉彎看不到車。",
            "已列入本月採購。",
        ),
        ("repair", "門禁刷卡沒反應", "1號樓大門", "換了卡也不行。", "讀卡器已換。"),
    ),
    "hospital": (
        ("enquiry", "報告什麼時候能取", "檢驗科", "上週抽的血。", "結果已出，可在自助機打印。"),
        (
            "complaint",
            "候診叫號聲音太小",
            "二樓候診區",
            "坐後面聽不到。",
            "音量已調，加了字幕。",
        ),
        ("suggestion", "北門多放兩把輪椅", "北門", "早上常常不夠。", "已增加三把。"),
        ("praise", "謝謝導診的姑娘", "一樓大廳", "一路陪我媽媽做完檢查。", "已轉告本人。"),
        ("repair", "三樓開水器不出水", "三樓東側", "等了半天沒水。", "已換濾芯。"),
        ("enquiry", "轉診要帶什麼材料", "門診部", "要去省裡看病。", "清單已告知。"),
    ),
    "town": (
        ("application", "老年證到期換證", "便民大廳", "舊證找不到了。", "已補辦，可來領取。"),
        (
            "enquiry",
            "外地戶口能不能辦居住證",
            "便民大廳",
            "在鎮上租房半年了。",
            "可以，清單已告知。",
        ),
        (
            "complaint",
            "村口路燈壞了沒人修",
            "東村口",
            "報過一次沒有下文。",
            "已修好，並查了原因。",
        ),
        ("suggestion", "大廳門口加個斜坡", "便民大廳門口", "輪椅上不來。", "下月動工。"),
        ("repair", "公廁水龍頭關不緊", "集市公廁", "一直流水。", "已換閥芯。"),
        ("praise", "三號窗口很有耐心", "便民大廳", "幫老人一項一項填。", "已轉告本人。"),
    ),
}
#: What is handed over besides: a kind and the giver's words.
HANDED = (
    ("seal", "業務章1枚，鎖在右側抽屜"),
    ("key", "抽屜鑰匙2把"),
    ("document", "收件原件11份，清單已印"),
    ("instruction", "明早主任要看本週的登記表"),
)
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
