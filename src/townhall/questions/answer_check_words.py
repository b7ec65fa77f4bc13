"""The words the answer check works with: what courtesy is, what empty talk is, what passing the buck is.

All of it is matched against text prepared by ``answer_check`` (half-width punctuation, no blanks between Han
characters). The idea: take away courtesy and empty talk; what is left are facts, measures and dates, or nothing.
Nothing here is a reason in itself: 收悉, 感谢 and 高度重视 stand in most good answers and simply do not count.
"""

from __future__ import annotations

import re

# --- dates ---

_HAN_DIGITS = "[〇○零一二三四五六七八九十oO0Ｏ]"
DATE = (
    r"(?:\d{2,4}年\d{1,2}月\d{1,2}[日号]?|\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)|\d{1,2}月\d{1,2}[日号]"
    rf"|{_HAN_DIGITS}{{4}}年{_HAN_DIGITS}{{1,3}}月{_HAN_DIGITS}{{1,3}}日"
    r"|\d{1,2}\s(?:January|February|March|April|May|June|July|August|September|October|November|December)\s\d{4}"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)\s\d{1,2},\s?\d{4})"
)
_TIME = r"(?:\s?\d{1,2}[:时点]\d{0,2}分?)?"
# A date or a limit inside a sentence: what makes "soon" precise.
TIME_LIMIT = re.compile(
    rf"{DATE}|\d{{1,2}}月(?:底|初|中旬|上旬|下旬|份|前|内)|\d+个?(?:工作日|自然日|日|天|周|星期|个?月|小时|分钟|年)(?:之?内|以内|前|后)"
    r"|[一二两三四五六七八九十]+个?(?:工作日|日|天|周|星期|月|小时)(?:之?内|以内|前|后)|(?:本|下|当|这)(?:周|月|季度|学期|年)"
    r"|(?<!的)(?:今|明|后|次)(?:天|日|晚|年)|年[底内前]|月底|[上下]半年|第?[一二三四1-4]季度|[春夏秋冬]季|\d{4}年"
    r"|\bwithin \w+(?: working| calendar)? (?:day|week|month|hour)s?|\b(?:by|before|on|until) (?:the end of )?"
    r"(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|"
    r"Tuesday|Wednesday|Thursday|Friday|next|this|today|tomorrow)|\b(?:tomorrow|today|tonight)\b|\b\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)

VAGUE_TIME = re.compile(
    r"尽快|尽早|早日|近期|近日|即将|不日|适时|择机|逐步|稍后|择期|条件成熟|时机成熟|待研究|正在研究|正在协调|有序推进|抓紧"
    r"|\b(?:as soon as possible|asap|soon|shortly|in due (?:course|time)|in the near future|at an? (?:suitable|proper|"
    r"appropriate) time|step by step|gradually|when conditions (?:allow|permit))\b",
    re.IGNORECASE,
)

# --- who writes to whom: greetings, signatures ---

_PEOPLE = "(?:网友|网民|市民(?!政)|同志|朋友|先生|女士|楼主|来信人|信访人|居民|业主|家长|群众|读者|乡亲)们?"
_START = r"(?:^|(?<=[。.!?;\n日]))\s*"
_NICKNAME = r"(?:[\"'][^\"'\n]{0,24}[\"']|[\w*]{0,16}?)"
GREETING = re.compile(
    rf"{_START}[^,。!?;\n]{{0,30}}?(?:[您你]们?|大家|[早中晚]上|[上下]午)好[,.。!:~]*"
    rf"|{_START}(?:尊敬|敬爱|亲爱)的[^,。!?;:\n]{{0,20}}[,:!。]"
    rf"|{_START}[^,。!?;:\n]{{0,20}}?{_PEOPLE}{_NICKNAME}[:!]"
    rf"|{_START}[^,。!?;:\n]{{0,8}}?(?:网友|网民|同志|朋友|先生|女士|楼主){_NICKNAME}(?:,|$)"
    rf"|^[^,。!?;:\n]{{0,4}}(?:网友|网民)"
    rf"|{_START}[\"'][^\"'\n]{{0,24}}[\"'](?:{_PEOPLE})?[,:!]?"
    r"|\bUU\d{3,}:?"
)
# A unit standing alone at the end, with or without a date: who signs, not what is said.
_UNIT_END = "(?:局|办|委|部|处|室|科|中心|政府|支队|大队|公司|街道|党委|乡|镇|社区|学校|医院|会|站|所|院|队|组|集团|办公室)"
_NO_VERB = r"(?![^。.!?;,\s]*(?:[请到向由转找属]|联系|咨询|办理|负责|已|将|可))"
SIGNATURE = re.compile(
    rf"(?:^|(?<=[。.!?;\s])){_NO_VERB}[^。.!?;,:\s\d][^。.!?;,:\s]{{1,24}}{_UNIT_END}\s*(?:{DATE}{_TIME})?\s*$"
)
SIGNATURE_LINE = re.compile(
    rf"^\s*{_NO_VERB}[^。.!?;,:\s\d][^。.!?;,:\s]{{1,24}}{_UNIT_END}\s*(?:{DATE}{_TIME})?\s*[。.]?$",
    re.MULTILINE,
)
CLOSING_DATE = re.compile(rf"(?<![于至到在前限间期为是定:])\s*\(?{DATE}{_TIME}\)?\s*[。.]?\s*$")
LONE_DATE = re.compile(
    rf"(?:^|(?<=[。.!?;\n]))\s*{DATE}{_TIME}\s*(?=$|[。!?;\n\"']|网友|网民|尊敬|亲爱|[您你]好)"
)

# --- courtesy with an object: the object is an echo, not a fact ---

# Anything up to the next comma, a quoted title as a whole.
_ECHO = '(?:"[^"\n]{0,90}"|《[^》\n]{0,90}》|[^,。!?;:\n"《]){0,70}?'
_RAISED = "(?:反映|反应|咨询|提出|提交|提到|提及|发表|发布|所述|所提|来信|来函|留言|投诉|举报|诉求|建议|关心|关注|来帖|发帖|发的)"
_MATTER = "(?:问题|情况|事项|事情|建议|意见|诉求|留言|来信|来函|来帖|来电|事宜|投诉|信件|函件|邮件|网帖|帖文|贴文|帖子|贴子|帖|贴|内容|一事|提问)"
_RECEIVED = "(?:收悉|获悉|知悉|悉知|敬悉|收到|收阅|已阅|阅悉|阅知|知晓|了解)"
_KIND_WORDS = (
    "(?:支持|关心|关注|关爱|理解|监督|信任|配合|建议|意见|留言|来信|来电|来帖|问政|反映|提问|参与|鼓励|肯定|厚爱|举报|投诉"
    "|垂询|咨询|谅解|体谅|帮助|信赖|合作|热心|热爱|帖子|贴子|宝贵)"
)
_WISHED = "(?:支持|关心|关注|关爱|理解|监督|信任|配合|建议|意见|谅解|体谅|指导|批评)"
COURTESY = (
    re.compile(rf"(?:您|你|网友|市民|贵)们?{_ECHO}{_RAISED}{_ECHO}{_RECEIVED}(?:了|后)?"),
    re.compile(
        rf"(?:[我本][们局办处委区县镇单位街道]{{0,3}})?(?:已经?|现已)?(?:于|在)?(?:{DATE}{_TIME})?(?:已经?|现已)?"
        rf"{_RECEIVED}了?(?:您|你|网友|市民|贵)们?{_ECHO}{_MATTER}(?:之?后)?"
    ),
    re.compile(rf"\breceived\b[^.!?;\n]{{0,40}}{DATE}", re.IGNORECASE),
    re.compile(
        rf"(?:关于|针对|就|对于?)?(?:您|你|网友|市民|贵)们?(?:通过|在|于)?{_ECHO}{_RAISED}{_ECHO}的?{_MATTER}(?![^,。!?;\n]*[是为属])"
    ),
    re.compile(rf"(?:关于|针对|就|对于?)(?:\"[^\"\n]{{0,90}}\"|《[^》\n]{{0,90}}》)的?{_MATTER}?"),
    re.compile(r"(?:关注|支持|关心|理解)[^,。!?;\n]{0,16}?(?:的发展|的建设|的工作|事业)"),
    re.compile(rf"(?:感谢|谢谢|多谢|感激|鸣谢|致谢)[^,。!?;:\n]{{0,60}}{_KIND_WORDS}"),
    re.compile(r"(?:特此|专此|谨此|此复)(?:回复|答复|函复|回函|告知|说明|致谢)?"),
    re.compile(r"(?:恭祝|敬祝|顺祝|祝愿|祝福|祝)[^。!?;\n]{0,40}"),
    re.compile(
        r"(?:非常|十分|很)?(?:高兴|荣幸|欣慰)[^,。!?;\n]{0,12}(?:帮助|肯定|服务|认可)[^,。!?;\n]{0,4}"
    ),
    re.compile(
        rf"(?:欢迎|希望|期待|恳请|敬请|请)(?:您|你|广大|各位|大家|网友|市民|群众|社会各界|再次|继续|持续|一如既往|今后|随时|多|能)+"
        rf"[^。!?;\n]{{0,40}}?{_WISHED}(?:我们|我局|我区|我县|我市)?的?(?:工作)?"
    ),
    re.compile(r"[^,。!?;\n]{0,40}(?:回复|答复|说明|回应|函复|反馈|通报|解答|报告|转载)如下"),
    re.compile(
        r"(?:给|对|为)(?:您|你)(?:们)?[^,。!?;\n]{0,12}(?:带来|造成)[^,。!?;\n]{0,6}(?:不便|困扰|麻烦|影响)"
    ),
    re.compile(r"(?:深表|表示|致以)[^,。!?;\n]{0,10}(?:歉意|感谢|谢意|理解|同情|敬意|问候)"),
)

# --- empty talk ---

_EMPTY_WORDS = """
我们 我局 我办 我处 我委 我县 我市 我区 我镇 我乡 我街道 我单位 我部 我校 我中心 我公司 我支队 我大队 我站 我所 我厅 我会 我院 我社区 我方
本局 本办 本县 本市 本区 本镇 本单位 全市 全区 全县 您们 你们 他们 大家 各位 各级 广大 网友 网民 市民 群众 居民 朋友 同志 先生 女士 楼主 业主
贵方 领导 局领导 区领导 市领导 县领导 主要领导 分管领导 负责人 负责同志 工作人员 人员 部门 单位 科室 处室 股室 机构 职能 相关 有关 责任
主管 涉及 属地 对口 承办 下属 上级 下级 本级 社会各界 党委 党委政府 党工委
问题 情况 意见 建议 诉求 留言 来信 来函 来帖 来贴 来电 来邮 回信 帖文 贴文 网帖 帖子 贴子 此帖 该帖 函件 信件 邮件 事项 事宜 事情 此事 该事
一事 内容 平台 栏目 投诉 举报 咨询 提问 疑问 心声 呼声 期盼 期待 民意 宝贵 合理 合理化
反映 反应 提出 提到 提及 反馈 收悉 收到 收阅 获悉 知悉 悉知 敬悉 知晓 了解 已阅 阅知 阅悉 转交 转至 转办 转达 转发 转送 转给 转往 转请 转由 批转
移交 移送 交办 交由 交给 送交 已交 并交 转请 呈报 呈送 上报 报送 报告 汇报 调查 核实 核查 核处 核办 调处 查处 查实 查明 处理 处置 办理 办复 答复 回复
回应 解答 解释 落实 研究 研讨 研判 讨论 斟酌 考虑 协调 协商 沟通 衔接 对接 跟进 跟踪 督促 督办 督查 过问 关注 重视 高度 加强 强化 加大 力度 推进
推动 促进 完善 改进 改善 优化 提升 提高 努力 积极 切实 妥善 妥当 稳妥 解决 统筹 综合 安排 部署 参考 参阅 采纳 吸纳 吸收 借鉴 梳理 汇总
整理 记录 登记 受理 通报 转告 联系 处理好 办好 抓好 抓紧 抓实 全面 全力 全力以赴 尽力 尽心 力争 争取 确保 保障 保证 维护 加快 严肃 认真 负责
尽快 尽早 早日 及时 立即 立刻 马上 即刻 近期 近日 即将 适时 择机 逐步 稍后 后续 随后 之后 今后 以后 将来 未来 日后 最近 目前 当前 现在 现已
正在 已经 业已 均已 曾经 一直 一定 必将 必定 继续 持续 不断 始终 长期 严格 依法 依规 依法依规 依照 按照 根据 遵照 规定 政策 法律 法规 程序
流程 要求 实际 实际情况 具体 结合 充分 迅速 火速 高效 有效 有力 有序 积极稳妥 第一时间 下一步 进一步 下步 接下来 期间 过程 时候 时间 届时 到时
工作 发展 事业 服务 水平 质量 环境 民生 人民 满意 满意度 生活 愉快 美好 更好 更加 幸福 明天 共同 携手 努力 创造 营造 和谐 社会 建设 贡献 力量 城市
管理 监管 监督 治理 整治 巡查 宣传 引导 教育引导 措施 办法 方案 对策 机制 制度 责任感 使命感 为民 便民 利民 安全感 获得感 幸福感 权益 利益 合法
感谢 谢谢 多谢 支持 关心 关爱 理解 信任 配合 谅解 体谅 鼓励 肯定 欢迎 希望 祝您 祝你 祝愿 敬请 恳请 耐心 等待 等候 静候 留意 期望 相信 放心 抱歉 歉意 不便
带来 造成 深表 表示 衷心 诚挚 诚恳 由衷 再次 首先 最后 其次 同时 此外 另外 因此 所以 为此 对此 特此 此复 专此 函复 如下 现将 现就 详见 链接 附件 结果 结论 进展
进行 予以 给予 作出 做出 做好 开展 组织 派出 派员 指派 专人 专班 成立 召开 会议 指示 批示 方面 方式 之中 当中 如有 如果 若有 一旦 以便 以及 并且 而且
或者 可以 能够 需要 应当 应该 必须 我们将 将会 一如既往 多提 十分 非常 很 特别 最大 最大限度 尽最大 各项 各类 各种 一些 一个 一件 每一 这个 那个 这些 那些 该 此
您好 你好 好的 知道了 明白 收到了 参照 执行 有关规定 相关规定 有关政策 相关政策 情况属实 属实 有待 尚需 亟待 尚待 还需
进行中 处理中 办理中 核实中 调查中 研究中 协调中 遭遇 文件 国家 官方 公告 为准 砥砺前行 不负 重托 不忘初心 牢记使命 初心 使命 全心全意 为人民服务 再接再厉 民生工程 来看 看来 来说 据悉 据了解 经了解 经核实 经查 经调查 经研究 清楚 动力 问政 做好 告知 万事如意 工作顺利 心情 身体健康 不足 不足之处 不懈 区委 市委 县委 省委 镇党委 当事人 当地 此类 类似 系列 一系列 多种 多方 各方 一方面 另一方面 大力 稳步 扎实 深入 细致 细化 压实 到位
""".split()
_EMPTY_SIGNS = "经据或上下里间时您你我他她的了着过在和与及并且而也都就等后中给于之以其此该本这那为对把被向至到由从让使所是有很再又还才能可需如若待将会已现均各即则但先另转"
# "The competent departments", at whatever level: nobody in particular.
_NOBODY = (
    r"(?:各|省|市|区|县|乡|镇|街道)?(?:级|直|里|内|属)?的?"
    r"(?:相关|有关|职能|责任|主管|具体|承办|业务|对口|涉事|上级|下级|各){1,3}(?:职能|责任|主管|业务|工作)?"
    r"(?:部门|单位|科室|处室|股室|机构|人员|领导|负责人|方面)(?:和(?:部门|单位|人员))?"
)
_ATTENTION = (
    r"(?:[省市区县镇乡]|街道)?(?:委|党委|党工委)?[省市区县镇乡]?(?:政府|办事处|局|领导|党委)(?:主要|分管)?(?:领导|班子)?"
    r"(?:对此|一直|历来|始终)?(?:高度|十分|非常|特别|极为)?(?:关注|重视)"
)
_PHRASES = "|".join([_NOBODY, _ATTENTION, *sorted(_EMPTY_WORDS, key=len, reverse=True)])
EMPTY_PHRASES = re.compile(_PHRASES)
EMPTY_TALK = re.compile(f"{_PHRASES}|(?<!申)请|[{_EMPTY_SIGNS}]")
# Characters that join words: a pair with one of them is no shared fact.
JOINTS = frozenset("的了在和与及并而也都就等您你我他她是有为对把被向至到由从请将已不")

# "Solved" is a result, thin as it is; "will be solved" is none.
RESULT = re.compile(
    r"(?:已|已经|业已|均已|都已|现已)[^,。!?;\n]{0,10}?"
    r"(?:解决|办结|整改|修复|恢复|拆除|完工|通车|退还|到账|发放)"
    r"|(?:已|已经|现已)[^,。!?;\n]{0,4}(?:安排|派出?|组织|指派|委派)[^,。!?;\n]{0,6}(?:人|员|力量)[^,。!?;\n]{0,6}"
    r"(?:核实|核查|调查|处理|查看|现场|前往|检查|巡查|清理|维修|抢修|上门)"
)

# --- passing the buck ---

_ASK = "(?:咨询|询问|反映|反应|联系|了解|投诉|举报|反馈|提出|协商|沟通|求助|查询|求证|解决|商谈|申诉|维权|问询|详询|答复)"
_OUR_FIELD = r"(?:业务|职责|职权|职能|管辖|管理|权限|受理|负责|工作)"
NOT_OURS = re.compile(
    rf"(?:不属于?|不在|不归|并非|非属|不由|未在)[^,。!?;\n]{{0,24}}?"
    rf"(?:{_OUR_FIELD}的?(?:范围|范畴|权限|之?内)|管辖|管理|负责|业务|职责|职权|职能|管(?![一-鿿])|的事)"
    r"|(?:不是|非)(?:我们?|本|我[局办处委区县镇])[^,。!?;\n]{0,12}?(?:业务|职责|职权|职能|管|负责|的事)"
    r"|(?:与|跟|和)(?:我们?|本|我[局办处委区县镇])(?:单位|部门|局|办|委)?(?:无关|没有关系)"
    r"|(?:我们?|本单位|我[局办处委区县镇])(?:也|均|都)?"
    r"(?:管不了|不管|不负责|不知道|不清楚|无权|没有权限|无法(?:答复|回答|解答|解决|办理|处理|受理))|无能为力|爱莫能助"
    r"|(?:我[们局办处委区县镇]|本单位|我单位|我部门)[^,。!?;\n]{0,4}(?:没有|无)[^,。!?;\n]{0,6}(?:权(?:限|力)?|职能|职责)"
)
# Whose it is: part of a brush-off when nothing follows but "ask there".
ELSEWHERE = re.compile(
    r"[^,。!?;\n]{0,24}(?:属于?|归|由|系)[^,。!?;\n]{1,30}(?:管辖|管理|辖区|负责|主管|直管|职责|职权|职能|的事)(?:范围|权限|部门)?"
)
REFERRAL = re.compile(
    rf"(?:请|建议|烦请|麻烦|可以?|应|需|还是|望|最好|自行|具体|详情)[^,。!?;\n]{{0,20}}?"
    rf"(?:直接|具体|详细|另行|自行|及时|先|再)?(?:到|去|向|与|找|跟|同|问|拨打|致电|联系|咨询|询问|登录|询)[^,。!?;\n]{{0,40}}?{_ASK}"
    r"|(?:请|建议)[^,。!?;\n]{0,12}(?:咨询|询问|联系|详询|问询|找)[^,。!?;\n]{1,40}"
    r"|(?:请|建议|可以?)[^,。!?;\n]{0,10}(?:拨打|致电|打)[^,。!?;\n]{0,12}?12345[^,。!?;\n]{0,20}"
    r"|(?:请|建议|可以?|应)[^,。!?;\n]{0,16}(?:走|通过|按|依照?|采取)[^,。!?;\n]{0,12}?(?:法律|司法|诉讼|信访)(?:途径|程序|手段|渠道)[^,。!?;\n]{0,12}"
    r"|(?:请|建议)[^,。!?;\n]{0,12}(?:反映|反应|投诉|提交|反馈)(?:到|至|给)[^,。!?;\n]{1,24}"
    r"|(?:或者?|并|也可以?|可以?)(?:走|通过|按|依照?|采取)[^,。!?;\n]{0,4}?(?:法律|司法|诉讼|信访)(?:途径|程序|手段|渠道)"
    r"[^,。!?;\n]{0,12}"
    r"|(?:去|请|你)?(?:找|问)(?:别的?|其他|其它|相关|有关|上级|街道|社区|居委会?|村委会?|物业)[^,。!?;\n]{0,10}"
    r"|自己去?(?:百度|上网|查|问|解决)[^,。!?;\n]{0,10}"
)
REASON_CLAUSE = re.compile(r"^(?:由于|因为|因|鉴于|考虑到)")
# A way to reach somebody makes a referral useful; the general hotline does not.
CONTACT = re.compile(
    r"\d{3,4}[-—–]?\s?\d{3,4}[-—–]?\d{3,4}|\d{7,}|(?:12(?!345)\d{3}|96\d{3,4}|11[049]|12[02])(?!\d)|https?:|www\.|地址|窗口|楼|号"
)

# --- English ---

ENGLISH_EMPTY = frozenset(
    """
    a about above action actions after again all already also always am an and any appreciate appreciated appropriate are as asap at
    attach attached attaches attaching attention be been before being below best better by can carefully case citizen citizens
    colleague colleagues comment comments concern concerned concerns consider consideration considered contact continue continued
    could course dear deal department departments development do done due earliest every feedback feel for forward forwarded from
    further future gentle give given good great greatly had handle handled handling has have hear hello help here high highly hope
    i if immediately importance important improve in inconvenience inform information informed into investigate investigated
    investigation is it its kind kindly leaders letter life look looking made make matter matters may me message messages
    more most much my near necessary note noted notified now of office on once opinion opinions or other our ours ourselves
    participation patience patient pay please possible problem problems process processed proceed proper properly promptly
    question questions raise raised reached read receive received regard regarding regards relevant reply replied report
    reported request requests resolve resolved respect respond response responsible review reviewed seriously service shall should
    sincerely situation situations soon sorry strive study studied submit submitted suggestion suggestions support supporting
    take taken team thank thanks that the their them then there these they this those time to together trust
    understand understanding unit units us valuable valued very via wait wait was we well were when which
    happy district city county interest interested who will wish with within work working would writing written you your yours
    """.split()
)
ENGLISH_BRUSH_OFF = re.compile(
    r"[^.!?;\n]*\b(?:not (?:within |in |part of )?(?:our|my|the) (?:\w+ )?(?:responsibilit\w+|remit|business|scope|jurisdiction|duty|job)"
    r"|outside (?:our|the) (?:\w+ )?(?:remit|scope|jurisdiction|responsibility)|(?:is|are) not (?:responsible|in charge)"
    r"|(?:please |you (?:should|may|can|could) |kindly )?(?:contact|ask|consult|call|ring|turn to|reach out to|go to|refer to|approach)"
    r" (?:\w+ ){0,3}(?:relevant|other|another|competent|appropriate|responsible|right|local|12345|hotline|elsewhere|department|authorit\w+)"
    r"|ask elsewhere|go elsewhere)[^.!?;\n]*",
    re.IGNORECASE,
)

# --- names ---

# A unit by its name, or "our bureau": the card shows whose answer it is.
UNIT = re.compile(
    r"我(?:局|办|处|委|镇|乡|街道|中心|公司|支队|大队|站|所|厅|院|部|校|社区)|[省市区县镇乡](?:委|政府)"
    r"|(?<=[\u4e00-\u9fffA-Za-z0-9]{2})(?:局|委员会|办公室|街道|办事处|支队|大队|派出所|车管所|管理所|司法所|供电所"
    r"|政府|管委会|中心|公司|居委会|村委会|社区|医院|学校|法院|检察院|指挥部|集团|工业区|总会|残联|水务|城管|交警|公安"
    r"|住建|卫健委|发改委|建交委|农委|经委|(?:交通|教育|环保|民政|人社|公安|规划|水利|供电|电力)部门)"
    r"|\b(?:Bureau|Department of|Office of|Commission|Committee|Centre|Center|Sub-?district|Town(?:ship)?|Government"
    r"|Police|Agency|Authority|Company|Court|Council)\b"
)
