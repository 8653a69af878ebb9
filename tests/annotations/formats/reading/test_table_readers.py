"""CSV, OpenImages, KITTI, ImageFolder, VOC and CVAT."""

import pytest

from annotations.formats.reading import ReadImage
from tests.annotations.formats.reading.trees import MemoryTree, carried, codes, exported, readings
from tests.annotations.formats.samples import CRANE, box, image

SIZE = (200, 100)


def told(images: list[ReadImage]) -> list[tuple]:
    return [(one.name, shape.class_name, *map(round, shape[2:6])) for one in images for shape in one.shapes]


@pytest.mark.parametrize(
    "text",
    [
        "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,200,100,boat,10,20,40,60\n",
        "image;x;y;w;h;label\na.jpg;10;20;30;40;boat\n",
        "a.jpg,10,20,40,60,boat\nb.jpg,,,,,\n",
        'image_id,bbox,label\na.jpg,"[10, 20, 30, 40]",boat\n',
        "path,cx,cy,w,h,category\na.jpg,0.125,0.4,0.15,0.4,boat\n",
        "image_path\tx1\ty1\tx2\ty2\tlabel\r\na.jpg\t0,05\t0,2\t0,2\t0,6\tboat\r\n",
        "filename,left,top,right,bottom,class,confidence\na.jpg,40,60,10,20,boat,0.5\n",
        '#filename,region_shape_attributes,region_attributes\na.jpg,"{""name"":""rect"",""x"":10,""y"":20,""width"":30,""height"":40}",'
        '"{""kind"":""x""}"\n',
    ],
)
def test_tables_are_read_by_the_names_of_their_columns(text):
    images, reading = readings({"labels.csv": text}, size=SIZE)

    assert [row[2:] for row in told(images)] == [(10, 20, 30, 40)]
    assert images[0].shapes[0].class_name == ("boat" if "region" not in text else "")
    assert codes(reading) == set()


def test_rows_of_one_picture_may_stand_apart_and_bad_ones_are_told():
    text = "image,xmin,ymin,xmax,ymax,label\na.jpg,1,2,3,4,x\nb.jpg,1,2,3,4,x\na.jpg,5,6,7,8,y\n,1,2,3,4,x\nb.jpg,1,nan,3,4,x\n"

    images, reading = readings({"a.csv": text}, size=SIZE)

    assert [(one.name, len(one.shapes)) for one in images] == [("a.jpg", 2), ("b.jpg", 1)]
    assert sorted(finding.place for finding in reading.findings) == ["5", "6"]


def test_files_of_old_windows_are_read_and_told():
    text = "image,xmin,ymin,xmax,ymax,label\na.jpg,1,2,3,4,Größe\n"

    images, reading = readings({"a.csv": text.encode("cp1252")}, size=SIZE)

    assert images[0].shapes[0].class_name == "Größe"
    assert [finding.code for finding in reading.findings] == ["not_utf8"]


def test_unknown_columns_say_which_are_needed():
    images, reading = readings({"a.csv": "a,b\n1,2\n"}, "csv")

    assert images == []
    [finding, _] = reading.findings
    assert "filename, xmin, ymin, xmax, ymax and class" in finding.fix


@pytest.mark.parametrize("name", ["csv", "openimages"])
def test_cells_like_formulas_come_back_as_they_were(name):
    nasty = "=HYPERLINK(1).jpg" if name == "csv" else "=HYPERLINK(1)"

    found, reading = carried(name, [image(1, "=HYPERLINK(1).jpg", [box(class_id=CRANE.id)])])

    assert [one.name for one in found] == [nasty]
    assert found[0].shapes[0].class_name == CRANE.name
    assert reading.findings.of("error") == 0


def test_openimages_tags_and_certainties():
    files = {
        "class-descriptions-boxable.csv": "/m/01,Boat\n/m/02,Night\n",
        "validation-annotations-bbox.csv": "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded\n"
        "0a,xclick,/m/01,1,0.05,0.2,0.2,0.6,1\n0a,activemil,/m/01,0.5,0.5,0.6,0.2,0.6,0\n0a,xclick,/m/01,1,10,40,20,60,0\n",
        "validation-annotations-human-imagelabels.csv": "ImageID,Source,LabelName,Confidence\n0a,v,/m/02,1\n0a,v,/m/01,0\n",
    }

    images, reading = readings(files, size=SIZE)

    assert told(images) == [
        ("0a", "Boat", 10, 20, 30, 40),
        ("0a", "Boat", 100, 20, 20, 40),
        ("0a", "Night", 0, 0, 200, 100),
    ]
    assert [one.state for one in images[0].shapes] == ["accepted", "proposed", "accepted"]
    assert (images[0].shapes[0].attributes, images[0].split) == ({"occluded": True}, "val")
    assert codes(reading) == {"bad_line"}


def test_kitti_lines():
    lines = (
        "Car 0.50 1 -1.57 10 20 40 60 1.6 1.7 3.8 1.0 1.5 8.4 -1.56\n"
        "DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10\nCar 0 0 -10 1 2 3\n"
    )

    images, reading = readings({"training/label_2/000001.txt": lines}, size=SIZE)

    assert told(images) == [("000001", "Car", 10, 20, 30, 40)]
    assert images[0].shapes[0].attributes == {"truncated": 0.5, "occluded": 1, "alpha": -1.57}
    assert {finding.code for finding in reading.findings} == {"bad_line", "dont_care", "no_space"}


def test_folders_are_classes_where_pictures_lie_in_them():
    files = dict.fromkeys(
        ("set/train/cat/a.jpg", "set/train/cat/b.jpg", "set/test/dog/a.jpg", "set/test/dog/c.jpg"), b""
    )

    images, reading = readings(files)

    assert reading.format == "imagefolder"
    assert [(one.path, one.split, one.shapes[0].class_name, one.shapes[0].shape) for one in images] == [
        ("set/train/cat/a.jpg", "train", "cat", "tag"),
        ("set/train/cat/b.jpg", "train", "cat", "tag"),
        ("set/test/dog/a.jpg", "test", "dog", "tag"),
        ("set/test/dog/c.jpg", "test", "dog", "tag"),
    ]
    assert readings({"images/a.jpg": b"", "images/b.jpg": b""})[1].format == ""


def test_voc_objects():
    objects = (
        "<object><name>a</name><difficult>1</difficult><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object>"
        "<object><name>b</name><robndbox><cx>50</cx><cy>50</cy><w>20</w><h>10</h><angle>0.5</angle></robndbox></object>"
        "<object><name>c</name><polygon><x1>1</x1><y1>1</y1><x2>9</x2><y2>1</y2><x3>5</x3><y3>8</y3></polygon></object>"
        "<object><name>d</name><bndbox><xmin>10</xmin><ymin>20</ymin><xmax>10</xmax><ymax>60</ymax></bndbox></object>"
        "<object><name>e</name></object>"
    )
    xml = f"<annotation><filename>a.jpg</filename><size><width>200</width><height>100</height></size>{objects}</annotation>"

    images, reading = readings({"Annotations/a.xml": xml, "ImageSets/Main/val.txt": "a\n"})

    assert [(one.class_name, one.shape, round(one.rotation, 1)) for one in images[0].shapes] == [
        ("a", "box", 0),
        ("b", "box", 28.6),
        ("c", "polygon", 0),
    ]
    assert (images[0].split, images[0].shapes[0].attributes) == ("val", {"difficult": True})
    assert codes(reading) == {"zero_area", "not_a_number"}


CVAT = """<?xml version="1.0"?><annotations><version>1.1</version><meta><task><labels>
<label><name>boat</name><color>#FF0000</color><attributes><attribute><name>age</name><input_type>number</input_type>
<default_value>1</default_value><values>0
9
1</values></attribute></attributes></label>
<label><name>cat</name><type>skeleton</type><attributes></attributes><svg>&lt;line data-type="edge" data-node-from="1" data-node-to="2"&gt;</svg></label>
<label><name>head</name><type>points</type><parent>cat</parent></label><label><name>tail</name><type>points</type><parent>cat</parent></label>
</labels></task></meta>
<image id="0" name="d/a.jpg" width="200" height="100" subset="Validation">
<box label="boat" xtl="10" ytl="20" xbr="40" ybr="60" rotation="30.0" occluded="1" z_order="3" source="auto"><attribute name="age">4</attribute></box>
<ellipse label="boat" cx="50" cy="50" rx="20" ry="10"/>
<mask label="boat" rle="1, 2, 1, 2" left="5" top="6" width="3" height="2"/>
<skeleton label="cat"><points label="tail" points="30,40" occluded="1" outside="0"/><points label="head" points="1,2" outside="0"/></skeleton>
<cuboid label="boat" xtl1="1"/><tag label="boat"/><points label="boat" points="1,2"/><polygon label="boat" points="1,2;x,3"/>
</image></annotations>"""


def test_cvat_elements():
    [found], reading = readings({"annotations.xml": CVAT})

    assert [(one.class_name, one.shape, *map(round, one[2:7])) for one in found.shapes] == [
        ("boat", "box", 10, 20, 30, 40, 30),
        ("boat", "polygon", 30, 40, 40, 20, 0),
        ("boat", "polygon", 6, 6, 2, 2, 0),
        ("cat", "keypoints", 1, 2, 29, 38, 0),
        ("boat", "tag", 0, 0, 200, 100, 0),
        ("boat", "point", 1, 2, 0, 0, 0),
    ]
    turned = found.shapes[0]
    assert (turned.attributes, turned.z, turned.source) == ({"occluded": True, "age": 4}, 3, "model")
    assert [list(point) for point in found.shapes[3].points] == [[1, 2, 2], [30, 40, 1]]
    assert found.split == "val"
    boat, cat = reading.classes
    assert (boat.color, boat.attributes[0]["max"]) == ("#ff0000", 9)
    assert cat.skeleton == {"points": ["head", "tail"], "edges": [[0, 1]]}
    assert {finding.code for finding in reading.findings} == {"bad_shape", "shape_changed"}
    assert reading.findings.count("bad_shape") == 2


def test_the_best_format_of_a_mixed_folder_is_read_and_the_other_named():
    files = {**exported("coco", [image(1, boxes=[box()])]), **exported("voc", [image(1, boxes=[box()])])}

    _, reading = readings(files)
    _, other = readings(files, "voc")

    assert {reading.format, other.format} == {"coco", "voc"}
    [finding] = [finding for finding in reading.findings if finding.code == "file_not_read"]
    assert (finding.severity, "voc" in finding.fix) == ("warning", True)
    with pytest.raises(LookupError):
        readings(files, "excel")


def test_trees_say_how_large_their_files_are():
    assert MemoryTree({"a": b"abc"}).size("a") == 3
