import io, json, zipfile, pytest, os, tarfile
from pathlib import Path
from tests.annotations.api.importing import *
from tests.annotations.api.worlds import picture
from tests.datasets.pictures import encoded, flag
pytestmark = pytest.mark.django_db
PNG = encoded(flag(200, 100))
BOAT = ("boat", [10.0, 20.0, 30.0, 40.0])
C = coco({"quay.png": [BOAT]})
VOC = b"<annotation><filename>quay.png</filename><size><width>200</width><height>100</height></size><object><name>boat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"
CSV = "image,xmin,ymin,xmax,ymax,class\nquay.png,1,2,30,40,b\u00f6at\n"
def zz(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as a:
        for n, d in files: a.writestr(n, d)
    return out.getvalue()
CASES = {
 "zip in zip": ("a.zip", zz([("inner.zip", zz([("i.json", C), ("quay.png", PNG)]))])),
 "zip in zip beside labels": ("a.zip", zz([("i.json", C), ("inner.zip", zz([("x.json", C)]))])),
 "nested five": ("a.zip", zz([("a/b/c/d/e/i.json", C), ("a/b/c/d/e/images/quay.png", PNG)])),
 "windows": ("a.zip", zz([("labels\\i.json", C), ("images\\quay.png", PNG)])),
 "windows in json": ("a.json", C.replace(b"quay.png", b"C:\\\\\\\\data\\\\\\\\quay.png")),
 "macosx": ("a.zip", zz([("i.json", C), ("quay.png", PNG), ("__MACOSX/._i.json", b"\0\5\x16\7Mac"), ("__MACOSX/._quay.png", b"\0\5"), (".DS_Store", b"\0\0\0\1Bud1")])),
 "wrong extension json as txt": ("a.txt", C),
 "zip named json": ("a.json", zz([("i.json", C)])),
 "json named zip": ("a.zip", C),
 "png named jpg": ("a.zip", zz([("i.json", C.replace(b"quay.png", b"quay.jpg")), ("quay.jpg", PNG)])),
 "mixed": ("a.zip", zz([("i.json", C), ("Annotations/quay.xml", VOC), ("quay.png", PNG)])),
 "labels without pictures": ("a.zip", zz([("i.json", coco({"lost.png": [BOAT]}))])),
 "pictures without labels": ("a.zip", zz([("quay2.png", encoded(flag(60, 60)))])),
 "pictures without labels there": ("a.zip", zz([("quay.png", PNG)])),
 "zero byte label": ("a.zip", zz([("i.json", b""), ("quay.png", PNG)])),
 "zero byte picture": ("a.zip", zz([("i.json", coco({"new.png": [BOAT]})), ("new.png", b"")])),
 "zero byte txt yolo": ("a.zip", zz([("data.yaml", "names: [boat]\n"), ("labels/quay.txt", b""), ("images/quay.png", PNG)])),
 "dup names": ("a.zip", zz([("i.json", C), ("i.json", C), ("quay.png", PNG)])),
 "dup pictures": ("a.zip", zz([("i.json", C), ("a/quay.png", PNG), ("b/quay.png", encoded(flag(200, 100).rotate(180)))])),
 "utf16 csv": ("a.csv", CSV.encode("utf-16")),
 "bom csv": ("a.csv", CSV.encode("utf-8-sig")),
 "cp1252 csv": ("a.csv", CSV.encode("cp1252")),
 "bom json": ("a.json", b"\xef\xbb\xbf" + C),
 "utf16 json": ("a.json", C.decode().encode("utf-16")),
 "utf32 csv": ("a.csv", CSV.encode("utf-32")),
 "empty zip": ("a.zip", zz([])),
 "cut zip": ("a.zip", zz([("i.json", C), ("quay.png", PNG)])[:-40]),
 "rar": ("a.rar", b"Rar!\x1a\x07\x00" + b"x" * 50),
 "7z": ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 50),
 "pdf": ("a.pdf", b"%PDF-1.7 hello"),
 "only __MACOSX": ("a.zip", zz([("__MACOSX/._i.json", b"x")])),
 "empty coco": ("a.json", json.dumps({"images": [], "annotations": [], "categories": []}).encode()),
 "escaping": ("a.zip", zz([("../../i.json", C), ("quay.png", PNG)])),
 "cut json": ("a.json", C[:-30]),
 "python": ("a.py", b"print('hi')"),
 "gz json": ("a.json.gz", __import__("gzip").compress(C)),
 "upper": ("A.ZIP", zz([("I.JSON", C), ("QUAY.PNG", PNG)])),
 "xlsx": ("a.xlsx", zz([("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")])),
 "semicolon csv": ("a.csv", CSV.replace(",", ";").encode()),
 "tar": ("a.tar.gz", None),
}
def test_odd(alice, dataset):
    picture(alice, dataset)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        i = tarfile.TarInfo("./x/i.json"); i.size = len(C); t.addfile(i, io.BytesIO(C))
    CASES["tar"] = ("a.tar.gz", out.getvalue())
    for name, (fn, data) in CASES.items():
        ans = send(alice, dataset, data, fn)
        if ans.status_code != 202:
            print(f"## {name}: {ans.status_code} {ans.json()['detail']}"); continue
        run_queued(KINDS)
        row = shown(alice, ans.json()["import"]["id"])
        rep = row["report"]
        if rep is None:
            print(f"## {name}: {row['state']} NOREPORT {job_of(row).error}"); continue
        print(f"## {name}: {row['state']} fmt={rep['format']} changes={rep['changes']} counts={ {k:v for k,v in rep['counts'].items() if v} } imgs={ {k:v for k,v in rep['images'].items() if v} }")
        for f in rep["findings"]:
            print("    ", f["severity"], f["code"], "|", f["file"], "|", f["place"], "|", f["what"][:150], "|", f["fix"][:80])
        for f in rep["files"]: print("      file", f["file"], f["verdict"])
