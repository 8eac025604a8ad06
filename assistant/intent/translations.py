"""The words of topics in German, Spanish, Chinese and Japanese.

Words that English shares are left out (`optimi\\w*` also finds "optimiere"), and so are words with
another meaning in English, such as the Spanish "quite". Chinese and Japanese have no spaces between
words, so their patterns have no word boundaries.
"""

from collections.abc import Mapping

from assistant.intent.values import Topic

_GERMAN_NEW_TESTS = (
    r"\b(?:schreib\w*|erg[äa]nz\w*|füge?|erstell\w*|neue[nrs]?|weitere[nrs]?|mehr)"
    r"(?: \w+){0,4}? (?:\w+-?)?tests?\b"
    r"|\btests? (?:hinzu\w*|schreiben|ergänzen|erstellen)\b"
)
GERMAN: Mapping[Topic, str] = {
    Topic.REPAIR: (
        r"\b(?:beheb\w*|behoben|korrigier\w*|reparier\w*|berichtig\w*|\w*fehler\w*|kaputt\w*"
        r"|falsch\w*|stürzt|abst[üu]rz\w*|defekt\w*)\b"
    ),
    Topic.REMOVAL: (
        r"\b(?:entfern(?:en?|t)|(?:ge)?l(?:ö|oe)sch\w*|streiche?n?|(?:um)?benennen?|umbenannt"
        r"|ersetz\w*|verschieb\w*|verschoben|zusammenf(?:üg|ass|ühr)\w*|überflüssig\w*"
        r"|nicht mehr)\b(?!\.\w)"
    ),
    Topic.LAYOUT: r"\b(?:leerzeichen|leerzeilen?|leerraum|ein(?:ge)?rück\w*|zeilenumbr\w*)\b",
    Topic.SAME_BEHAVIOUR: (
        r"\b(?:refaktor\w*|räume?|aufräum\w*|umstrukturier\w*|vereinfach\w*|lesbar\w*"
        r"|dokumentier\w*|kommentier\w*|kommentare?|erklär\w*|beschleunig\w*|schnell\w*|langsam\w*"
        r"|effizien\w*|typannotation\w*|typhinweis\w*|extrahier\w*|auslager\w*|lagere"
        r"|(?:um)?benennen?|verschieb\w*|gleiche[nrsm]? (?:verhalten|ergebnis\w*))\b"
    ),
    Topic.DEMONSTRATION: (
        r"\b(?:drucken?|gib (?:\w+ ){1,6}aus|ausg(?:abe|eb)\w*|zeigen?|anzeig\w*|beispiel\w*"
        r"|skript\w*|hauptprogramm\w*|ausführ\w*|rufe?n?|aufruf\w*|schleifen?)\b"
    ),
    Topic.ASSERTIONS: r"\b(?:unit|komponenten|modul|regressions|integrations)tests?\b",
    Topic.TESTS: (
        rf"{_GERMAN_NEW_TESTS}"
        r"|\b(?:erweiter\w*|aktualisier\w*|passe)(?: \w+){0,4}? (?:\w+-?)?tests?\b"
        r"|\btests? (?:für|anpassen|erweitern|aktualisieren)\b"
    ),
    Topic.ONLY_TESTS: (
        r"(?:bitte )?(?:schreib\w*|ergänze?|erstelle?|füge?)(?: \w+){0,3}? (?:\w+-?)?tests?\b"
        r"(?:(?!\bund\b)[^.;!?\n])*[.!]?"
    ),
    Topic.DOCUMENTS: r"\b(?:doku|dokumentation|anleitung|handbuch)\b",
    Topic.NEW_FILE: (
        r"\b(?:datei(?:en)?|modul(?:en?|s)?|pakete?s?|skripte?s?|seiten?|doku|dokumentation)\b"
        rf"|{_GERMAN_NEW_TESTS}"
    ),
    Topic.CALLERS: (
        r"\b(?:aufrufer\w*|aufrufstellen?|alle aufrufe|durchreich\w*|durchzureichen|weiterreich\w*"
        r"|reich\w* (?:\S+ ){1,4}(?:durch|weiter))\b"
    ),
    Topic.EVERYWHERE: (
        r"\b(?:(?:um)?benennen?|überall|allen? (?:\w+ )?(?:aufrufen?|dateien|stellen"
        r"|verwendungen))\b"
    ),
    Topic.INSPECTION: r"(?:teste|lies (?:den|die|das|alle)|lese|verstehe|analysiere|untersuche)\b",
}

_SPANISH_NEW_TESTS = (
    r"\b(?:añad\w*|agreg\w*|escrib\w*|cre(?:ar?|en?)|nuev[ao]s?|más)(?: \w+){0,3}?"
    r" (?:tests?|pruebas?)\b"
)
SPANISH: Mapping[Topic, str] = {
    Topic.REPAIR: (
        r"\b(?:arregl\w*|corrig\w*|corrij\w*|corregir\w*|repar(?:ar?|e|ación)|soluciona\w*"
        r"|depura\w*|fall(?:os?|an?|ar)|incorrect[oa]s?|equivocad[oa]s?|rot[oa]s?|erróne[oa]s?"
        r"|inválid[oa]s?)\b"
    ),
    Topic.REMOVAL: (
        r"\b(?:elim[ií]n(?:ar?|e|en|ando|ad[oa]s?)|b[oó]rr(?:ar?|e|en|ando|ad[oa]s?)|qu[ií]t(?:ar?|en|ando)"
        r"|suprim\w+|renombr\w*|re?emplaz\w*|sustitu\w+|fusion(?:ar?|e|en)|muev\w+|traslad\w*"
        r"|obsolet[oa]s?|ya no)(?:l[oae]s?)?\b(?!\.\w)"
    ),
    Topic.LAYOUT: (
        r"\b(?:espacios?|sangr(?:ía|ad[oa]s?)|l[ií]neas? (?:en blanco|vac[ií]as?)"
        r"|saltos? de l[ií]nea)\b"
    ),
    Topic.SAME_BEHAVIOUR: (
        r"\b(?:limpi\w*|legibilidad|coment(?:ar?|e|arios?)|explica\w*|aceler(?:ar?|e)"
        r"|r[áa]pid[oa]s?|lent[oa]s?|rendimiento|eficien\w*|extra(?:e|er|iga)|muev\w+"
        r"|reestructur\w*|renombr\w*|anotaci[oó]n\w*"
        r"|mism[oa]s? (?:comportamiento|resultados?))\b"
    ),
    Topic.DEMONSTRATION: (
        r"\b(?:imprim\w*|muestr\w*|mostrar\w*|ejemplos?|ejecut(?:ar?|e|en|ando)|llam(?:ar|e|adas?)"
        r"|bucles?|demostra\w*|demuestr\w*)\b"
    ),
    Topic.ASSERTIONS: r"\b(?:prueb\w*|probar)\b",
    Topic.TESTS: (
        rf"{_SPANISH_NEW_TESTS}"
        r"|\b(?:actualiz\w*|ampl[ií](?:ar?|e)|cubr\w*|adapt(?:ar?|e))(?: \w+){0,3}?"
        r" (?:tests?|pruebas?)\b"
        r"|\b(?:pruebas?|tests?) (?:para|también)\b"
    ),
    Topic.ONLY_TESTS: (
        r"(?:por favor,? )?(?:añad\w*|agreg\w*|escrib\w*|cre(?:ar?|e))(?: \w+){0,3}?"
        r" (?:tests?|pruebas?)\b(?:(?!\by\b)[^.;!?\n])*[.!]?"
    ),
    Topic.DOCUMENTS: r"\b(?:documentaci[oó]n|guía|léeme)\b",
    Topic.NEW_FILE: (
        r"\b(?:archivos?|ficheros?|módulos?|modulos|paquetes?|páginas?|documentaci[oó]n)\b"
        rf"|{_SPANISH_NEW_TESTS}"
    ),
    Topic.CALLERS: (
        r"\b(?:llamador\w*|invocador\w*|(?:las|sus|todas) llamadas|pás(?:alo|ala|enlo)|propág\w*"
        r"|propag\w*)\b"
    ),
    Topic.EVERYWHERE: (
        r"\b(?:renombr\w*|en todas partes|tod[oa]s l[oa]s (?:\w+ )?(?:llamadas|archivos|ficheros"
        r"|usos|lugares|sitios))\b"
    ),
    Topic.INSPECTION: r"(?:prueba|ejecuta|revisa|lee|analiza|examina|inspecciona|entiende)\b",
}

_CHINESE_NEW_TESTS = (
    r"(?:添加|新增|增加|加上|加|补充|補充|编写|編寫|写|寫|创建|建立)[^，。；,.;\n]{0,10}?"
    r"(?:测试|測試|单测)"
)
CHINESE: Mapping[Topic, str] = {
    Topic.REPAIR: (
        r"修复|修復|修正|修好|改正|纠正|糾正|更正|调试|調試|错误|錯誤|出错|出錯|报错|報錯|崩溃|崩潰"
        r"|失败|失敗|不正确|不正確|不对|有误|無效|无效|缺陷|故障|漏洞"
    ),
    Topic.REMOVAL: (
        r"(?:删除|刪除|删掉|刪掉|删去|移除|去掉|去除|移动|移動|移到|挪到|搬到|重命名|改名|更名|替换"
        r"|替換|取代|合并|合併|内联|內聯|不再|废弃|廢棄|未使用|没用)(?!\.\w)"
    ),
    Topic.LAYOUT: r"空格|空白|空行|缩进|縮排|换行|換行|格式|制表符",
    Topic.SAME_BEHAVIOUR: (
        r"重构|重構|重命名|改名|整理|清理|简化|簡化|可读性|可讀性|优化|優化|提速|加速|加快|更快|性能"
        r"|效率|缓存|快取|注释|註解|注解|文档|文檔|类型标注|类型提示|格式化|提取|抽取|拆分|移动|移動"
        r"|移到|重复代码|不改变|(?:行为|结果|功能|行為|結果)(?:保持)?(?:不变|不變|一致|相同)"
    ),
    Topic.DEMONSTRATION: (
        r"打印|列印|输出|輸出|显示|顯示|展示|演示|示例|例子|用法|脚本|腳本|主程序|主函数|运行|運行"
        r"|执行|執行|调用|調用|循环|迴圈"
    ),
    Topic.ASSERTIONS: r"测试|測試|断言|斷言|单测",
    Topic.TESTS: (
        rf"{_CHINESE_NEW_TESTS}"
        r"|(?:更新|修改|扩展|擴展|完善|覆盖)[^，。；,.;\n]{0,10}?(?:测试|測試|单测)"
    ),
    Topic.ONLY_TESTS: (
        r"(?:请|請)?\s?(?:(?:为|為|给|給|对|對)[^，。；,;\n]{1,40}?)?"
        r"(?:添加|新增|增加|加|补充|補充|编写|編寫|写|寫|创建)[^，。；,;\n]{0,8}?"
        r"(?:测试|測試|单测)(?:用例|代码)?[。！]?"
    ),
    Topic.DOCUMENTS: r"文档(?!字符串)|文檔|手册|手冊|自述文件|更新日志",
    Topic.NEW_FILE: (
        rf"文件|檔案|模块|模組|脚本|腳本|软件包|页面|文档(?!字符串)|文檔|{_CHINESE_NEW_TESTS}"
    ),
    Topic.CALLERS: (
        r"调用者|調用者|调用方|調用方|调用处|调用点|(?:所有|全部)的?调用|透传|传递下去|传下去"
    ),
    Topic.EVERYWHERE: (
        r"重命名|改名|到处|各处|(?:所有|全部)的?(?:调用|調用|地方|文件|用法|引用|使用)"
    ),
    Topic.INSPECTION: r"测试|运行|阅读|查看|理解|分析|审查",
}

_JAPANESE_NEW_TESTS = r"テスト(?:コード|ケース)?[をも](?:新しく|さらに)?(?:追加|書|作成|作|増や|足)"
JAPANESE: Mapping[Topic, str] = {
    Topic.REPAIR: (
        r"修正|直し|直す|直せ|修理|修復|バグ|エラー|不具合|間違|誤り|クラッシュ|失敗|壊れ|おかし"
        r"|デバッグ|無効|タイポ"
    ),
    Topic.REMOVAL: (
        r"(?:削除|消し|消す|消せ|除去|取り除|取り去|移動|移し|移す|名前を変|リネーム|改名|置き換|置換"
        r"|統合|マージ|インライン|使われていない|未使用|不要|廃止)(?!\.\w)"
    ),
    Topic.LAYOUT: r"空白|スペース|空行|インデント|字下げ|改行|フォーマット|整形",
    Topic.SAME_BEHAVIOUR: (
        r"リファクタ|名前を変|リネーム|整理|簡潔|シンプル|簡単に|読みやす|可読性|最適化|高速|速く"
        r"|性能|パフォーマンス|効率|キャッシュ|コメント|ドキュメント|文書化|型ヒント|型注釈|整形"
        r"|フォーマット|抽出|切り出|移動|重複|(?:動作|挙動|結果)を変え|同じ(?:動作|挙動|結果)"
    ),
    Topic.DEMONSTRATION: (
        r"表示|印字|出力|プリント|デモ|使用例|例を|使い方|メイン|スクリプト|実行|呼び出|呼ぶ|ループ"
    ),
    Topic.ASSERTIONS: r"テスト|アサート|アサーション",
    Topic.TESTS: rf"{_JAPANESE_NEW_TESTS}|テスト(?:コード|ケース)?[をも](?:更新|修正|拡張)",
    Topic.ONLY_TESTS: (
        r"[^、。,;\n]{0,40}テスト(?:コード|ケース)?を(?:追加|書|作成|作)[^、。,;\n]{0,10}[。！]?"
    ),
    Topic.DOCUMENTS: r"ドキュメント|文書|マニュアル|手引|説明書|変更履歴",
    Topic.NEW_FILE: (
        rf"ファイル|モジュール|スクリプト|パッケージ|ページ|ドキュメント|{_JAPANESE_NEW_TESTS}"
    ),
    Topic.CALLERS: r"呼び出し(?:元|側|箇所)|(?:すべて|全て|全部)の呼び出し",
    Topic.EVERYWHERE: (
        r"リネーム|名前を変|あらゆる|(?:すべて|全て|全部)の(?:呼び出し|ファイル|箇所|使用)"
    ),
}
