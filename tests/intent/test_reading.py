"""Tasks in plain words, and what is read from them."""

import pytest

from assistant.intent.reading import read_intent
from assistant.intent.values import NEUTRAL

ENGLISH = [
    ("Return the sum.", ""),
    ("Implement half, see its docstring", "SAME_BEHAVIOUR"),
    ("Fix `half`, it returns twice too much", "REPAIR"),
    ("Fix the bug in parse_line", "REPAIR"),
    ("total is wrong for long lists", "REPAIR"),
    ("It crashes when the file is missing", "NEW_FILE REPAIR"),
    ("Handle the error when the server is gone", "REPAIR"),
    ("Correct the typo in the greeting", "REPAIR"),
    ("The prefix is not used.", ""),
    ("Make the debugger optional", "REPAIR"),
    ("Remove half", "REMOVAL"),
    ("Delete the unused imports", "REMOVAL SAME_BEHAVIOUR"),
    ("Rename total to amount", "EVERYWHERE REMOVAL SAME_BEHAVIOUR"),
    ("Move add to src/b.py", "REMOVAL SAME_BEHAVIOUR"),
    ("Merge both loops", "DEMONSTRATION REMOVAL"),
    ("Implement merge.py", ""),
    ("@src/remove.py Add a docstring", "SAME_BEHAVIOUR"),
    ("Get rid of the cache", "REMOVAL SAME_BEHAVIOUR"),
    ("This branch is no longer needed", "REMOVAL"),
    ("Replace the loop by a comprehension", "DEMONSTRATION REMOVAL SAME_BEHAVIOUR"),
    ("Call remove_all in close", "DEMONSTRATION"),
    ("Drop what is older than a week", "REMOVAL"),
    ("Remove trailing whitespace", "LAYOUT REMOVAL"),
    ("make ruff happy", "LAYOUT"),
    ("Fix the indentation", "LAYOUT REPAIR"),
    ("Split long lines as pep8 wants", "LAYOUT SAME_BEHAVIOUR"),
    ("Add an informative name", "ADDITION"),
    ("Refactor `count`", "SAME_BEHAVIOUR"),
    ("Make count faster", "SAME_BEHAVIOUR"),
    ("Simplify it, with the same results", "SAME_BEHAVIOUR"),
    ("Add type hints", "ADDITION SAME_BEHAVIOUR"),
    ("Document the return value", "DOCUMENTS SAME_BEHAVIOUR"),
    ("Explain the regular expression in a comment", "SAME_BEHAVIOUR"),
    ("Extract a helper", "SAME_BEHAVIOUR"),
    ("Cache the result", "SAME_BEHAVIOUR"),
    ("Print what f returns", "DEMONSTRATION SAME_BEHAVIOUR"),
    ("Show an example of its use", "DEMONSTRATION"),
    ("Add a main block", "ADDITION DEMONSTRATION"),
    ("Run it every hour", "DEMONSTRATION INSPECTION"),
    ("The domain is the mainland", "DEMONSTRATION"),
    ("Assert that f is 1", "ASSERTIONS"),
    ("Add a test of half", "ADDITION ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Write more tests", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Please add tests for the parser.", "ADDITION ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Write tests for half and correct it", "ASSERTIONS NEW_FILE REPAIR TESTS"),
    ("Extend the tests accordingly", "ASSERTIONS ONLY_TESTS TESTS"),
    ("Correct total: the test fails", "ASSERTIONS REPAIR"),
    ("Make the tests pass", "ASSERTIONS"),
    ("This is the latest and greatest", ""),
    ("Update the documentation", "DOCUMENTS NEW_FILE SAME_BEHAVIOUR"),
    ("Do as the documentation says", "NEW_FILE SAME_BEHAVIOUR"),
    ("Round as specified in the documentation", "NEW_FILE SAME_BEHAVIOUR"),
    ("Mention it in the changelog", "DOCUMENTS NEW_FILE"),
    ("Put the parser into a file of its own", "NEW_FILE"),
    ("Create a module for colours", "NEW_FILE"),
    ("Write a script", "DEMONSTRATION NEW_FILE"),
    ("Give all callers the tax", "CALLERS DEMONSTRATION EVERYWHERE"),
    ("Use the logger everywhere", "EVERYWHERE SAME_BEHAVIOUR"),
    ("Raise a ValueError for negative numbers", ""),
    ("Reject an empty name", ""),
    ("An empty list is invalid.", "REPAIR"),
    ("They praise the terror.", ""),
    ("Review the code in a.py", "INSPECTION"),
    ("Run the tests", "ASSERTIONS DEMONSTRATION INSPECTION"),
    ("Rerun what failed", "REPAIR"),
    ("Read the settings", "INSPECTION"),
    ("Preread the settings", ""),
    ("No changes here", "INSPECTION"),
]

GERMAN = [
    ("Gib die Summe zurück.", ""),
    ("Behebe den Fehler in `half`", "REPAIR"),
    ("Korrigiere die Berechnung von total", "REPAIR"),
    ("Das Programm stürzt bei leeren Listen ab", "REPAIR"),
    ("Der Rückgabewert ist falsch", "REPAIR"),
    ("Berechne die Entfernung zweier Punkte", ""),
    ("Entferne die Funktion half", "REMOVAL"),
    ("Lösche das unbenutzte Feld", "REMOVAL"),
    ("Loesche half", "REMOVAL"),
    ("Benenne total in amount um", "EVERYWHERE REMOVAL SAME_BEHAVIOUR"),
    ("Verschiebe add nach src/b.py", "REMOVAL SAME_BEHAVIOUR"),
    ("Implementiere lösche.py", ""),
    ("Ersetze die Schleife", "DEMONSTRATION REMOVAL"),
    ("Refaktoriere count", "SAME_BEHAVIOUR"),
    ("Vereinfache die Funktion", "SAME_BEHAVIOUR"),
    ("Dokumentiere den Rückgabewert", "SAME_BEHAVIOUR"),
    ("Mach count schneller", "SAME_BEHAVIOUR"),
    ("Beschleunige die Suche", "SAME_BEHAVIOUR"),
    ("Optimiere die Suche", "SAME_BEHAVIOUR"),
    ("Räume die Datei auf", "NEW_FILE SAME_BEHAVIOUR"),
    ("Schreibe Tests für half", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Bitte ergänze einen Test für den Parser.", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Passe die Tests an", "ASSERTIONS TESTS"),
    ("Füge Unittests hinzu und korrigiere half", "ASSERTIONS NEW_FILE REPAIR TESTS"),
    ("Korrigiere total, der Test schlägt fehl", "ASSERTIONS REPAIR"),
    ("Die Tests laufen nicht", "ASSERTIONS"),
    ("Mach es wie in der Dokumentation beschrieben", "NEW_FILE"),
    ("Lege eine neue Datei an", "NEW_FILE"),
    ("Gib die Zahl auf dem Bildschirm aus", "DEMONSTRATION"),
    ("Rücke mit vier Leerzeichen ein", "LAYOUT"),
    ("Wirf eine Ausnahme bei leeren Texten", ""),
    ("Lehne negative Zahlen ab", ""),
]

SPANISH = [
    ("Devuelve la suma.", ""),
    ("Arregla el error en `half`", "REPAIR"),
    ("Corrige el cálculo de total", "REPAIR"),
    ("La función falla con listas vacías", "REPAIR"),
    ("El resultado es incorrecto", "REPAIR"),
    ("Elimina la función half", "REMOVAL"),
    ("Elimínala", "REMOVAL"),
    ("Borra el campo obsoleto", "REMOVAL"),
    ("Quita los espacios al final de línea", "LAYOUT REMOVAL"),
    ("Renombra total a amount", "EVERYWHERE REMOVAL SAME_BEHAVIOUR"),
    ("Mueve add a src/b.py", "REMOVAL SAME_BEHAVIOUR"),
    ("Implementa borrar.py", ""),
    ("That is quite rapid, an extra legible one", ""),
    ("Refactoriza count", "SAME_BEHAVIOUR"),
    ("Simplifica la función", "SAME_BEHAVIOUR"),
    ("Documenta el valor de retorno", "SAME_BEHAVIOUR"),
    ("Haz count más rápido", "SAME_BEHAVIOUR"),
    ("Acelera la búsqueda", "SAME_BEHAVIOUR"),
    ("Optimiza la búsqueda", "SAME_BEHAVIOUR"),
    ("Escribe pruebas para half", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Por favor, añade tests unitarios.", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("Añade pruebas y corrige half", "ASSERTIONS NEW_FILE REPAIR TESTS"),
    ("Actualiza los tests", "ASSERTIONS TESTS"),
    ("Corrige total, la prueba falla", "ASSERTIONS REPAIR"),
    ("Crea un archivo nuevo", "NEW_FILE"),
    ("Hazlo según la documentación", "NEW_FILE SAME_BEHAVIOUR"),
    ("Imprime el resultado", "DEMONSTRATION"),
    ("Lanza una excepción si la lista está vacía", ""),
]

CHINESE = [
    ("返回总和。", ""),
    ("修复 half 中的错误", "REPAIR"),
    ("修复half函数的bug", "REPAIR"),
    ("total的结果不正确", "REPAIR"),
    ("解决八皇后问题", ""),
    ("程序崩溃了", "REPAIR"),
    ("删除函数 half", "REMOVAL"),
    ("删除half", "REMOVAL"),
    ("把 total 重命名为 amount", "EVERYWHERE REMOVAL SAME_BEHAVIOUR"),
    ("将add移动到src/b.py", "REMOVAL SAME_BEHAVIOUR"),
    ("实现 删除.py", ""),
    ("合并两个循环", "DEMONSTRATION REMOVAL"),
    ("去掉行尾的空格", "LAYOUT REMOVAL"),
    ("重构count", "SAME_BEHAVIOUR"),
    ("优化 count 的性能", "SAME_BEHAVIOUR"),
    ("为 half 添加文档字符串", "SAME_BEHAVIOUR"),
    ("简化代码,保持行为不变", "SAME_BEHAVIOUR"),
    ("加快搜索速度", "SAME_BEHAVIOUR"),
    ("为half添加单元测试", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("请编写测试。", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("编写测试并修复 half", "ASSERTIONS NEW_FILE REPAIR TESTS"),
    ("让测试通过", "ASSERTIONS"),
    ("修改代码使测试通过", "ASSERTIONS"),
    ("更新測試", "ASSERTIONS TESTS"),
    ("按照文档的要求实现", "NEW_FILE SAME_BEHAVIOUR"),
    ("新建一个文件", "NEW_FILE"),
    ("打印结果", "DEMONSTRATION"),
    ("列表为空时抛出异常", ""),
    ("刪除重複的程式碼並修正錯誤", "REMOVAL REPAIR SAME_BEHAVIOUR"),
]

JAPANESE = [
    ("合計を返す。", ""),
    ("half のバグを修正してください", "REPAIR"),
    ("halfのエラーを直して", "REPAIR"),
    ("結果が間違っている", "REPAIR"),
    ("関数 half を削除する", "REMOVAL"),
    ("halfを消して", "REMOVAL"),
    ("total を amount にリネームする", "EVERYWHERE REMOVAL SAME_BEHAVIOUR"),
    ("addをsrc/b.pyに移動する", "REMOVAL SAME_BEHAVIOUR"),
    ("削除.py を実装する", ""),
    ("ループを置き換える", "DEMONSTRATION REMOVAL"),
    ("行末の空白を取り除く", "LAYOUT REMOVAL"),
    ("count をリファクタリングする", "SAME_BEHAVIOUR"),
    ("countを高速化して", "SAME_BEHAVIOUR"),
    ("戻り値についてコメントを書く", "SAME_BEHAVIOUR"),
    ("同じ動作のままコードを整理する", "SAME_BEHAVIOUR"),
    ("half のテストを追加してください。", "ASSERTIONS NEW_FILE ONLY_TESTS TESTS"),
    ("単体テストを書いて、half を修正する", "ASSERTIONS NEW_FILE REPAIR TESTS"),
    ("テストを更新する", "ASSERTIONS TESTS"),
    ("テストが失敗するので total を修正する", "ASSERTIONS REPAIR"),
    ("テストを通す", "ASSERTIONS"),
    ("ドキュメントに従って実装する", "NEW_FILE SAME_BEHAVIOUR"),
    ("新しいファイルを作る", "NEW_FILE"),
    ("結果を表示する", "DEMONSTRATION"),
    ("空のリストなら例外を投げる", ""),
]

OTHERS = [
    ("Corrige la fonction half", "REPAIR"),
    ("Исправь функцию half", ""),
]


@pytest.mark.parametrize(
    ("task", "topics"), [*ENGLISH, *GERMAN, *SPANISH, *CHINESE, *JAPANESE, *OTHERS]
)
def test_the_topics_of_a_task(task: str, topics: str) -> None:
    assert {topic.name for topic in read_intent(task).topics} == set(topics.split())


def test_a_task_without_words_is_neutral() -> None:
    assert read_intent("") == NEUTRAL
    assert NEUTRAL.topics == NEUTRAL.names == frozenset()


def test_a_task_in_another_language_has_names_but_no_topics() -> None:
    intent = read_intent("Исправь функцию half")
    assert intent.topics == frozenset()
    assert intent.mentions("half")


@pytest.mark.parametrize(
    ("task", "names", "code_names"),
    [
        ("Fix half, not twice.", "half twice", ""),
        ("Call `half` from run_all()", "half run_all", "half run_all"),
        ("Rename maxValue to max(2)", "maxValue max", "maxValue max"),
        ("Tree.add is slow", "Tree add", ""),
        ("Give KeyRenderer and JSONRenderer a Theme", "Theme", "KeyRenderer JSONRenderer"),
        ("Document the URLs and APIs of DNS", "URLs APIs DNS", ""),
        ("修复add_item函数", "add_item", "add_item"),
        ("修复 `half`。", "half", "half"),
        ("addをmaxValueに変える", "add maxValue", "maxValue"),
        ("add를 고쳐", "add", ""),
        ("Behebe größe_von", "größe_von", "größe_von"),
        ("Behebe gro\u0308ße", "größe", ""),
        ("用 计算_total 求和", "计算_total", ""),
    ],
)
def test_the_names_in_a_task(task: str, names: str, code_names: str) -> None:
    intent = read_intent(task)
    assert intent.names >= set(names.split())
    assert intent.code_names >= set(code_names.split())
    assert not intent.code_names & (set(names.split()) - set(code_names.split()))


@pytest.mark.parametrize(
    ("task", "gone", "removes"),
    [
        ("Remove half and twice", "half twice", True),
        ("Remove half", "half twice", False),
        ("Call half in twice", "half", False),
        ("Implement half in merge.py", "half", False),
        ("Remove the comment", "half", False),
        ("Entferne half", "half", True),
        ("Rufe half auf", "half", False),
        ("Elimina half", "half", True),
        ("删除half和twice", "half twice", True),
        ("让twice调用half", "half", False),
        ("halfを削除して", "half", True),
    ],
)
def test_only_what_a_removal_names_may_be_removed(task: str, gone: str, removes: bool) -> None:
    assert read_intent(task).may_remove(gone.split()) is removes
