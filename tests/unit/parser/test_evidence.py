"""What is no resume is refused; a resume, however short or odd, never is."""

from collections.abc import Callable

import pytest

from parser_service.domain.errors import NotAResume
from parser_service.domain.model import Resume

Read = Callable[[bytes | str], Resume]

INVOICE = """
Harrow Lane Joinery Ltd
12 Quarry Road, Leeds LS1 4AB
accounts@harrowlane.example.com   +44 113 496 0123

INVOICE
Invoice number: 2024-0117
Date: 14 March 2024

Bill to: Wexmoor Primary School

Description                      Qty   Unit price     Amount
Oak shelves, fitted               12       85.00    1,020.00
Repair of staircase                1      340.00      340.00

Subtotal                                            1,360.00
VAT 20%                                               272.00
Total due                                           1,632.00

Payment terms: 30 days. IBAN GB00 0000 0000 0000 0000 00
"""
NOVEL = """
The tide had gone out further than anyone in the village could remember, and for the first time in her life Maren
walked where the boats used to lie. She did not hurry. Behind her the bell rang twice and stopped, as if whoever
pulled the rope had thought better of it.

"You should not be here," said a voice from the harbour wall. It was old Petter, of course; it was always Petter when
one wished to be alone. She turned and saw that he held the lantern although it was nearly noon.

"Neither should the sea be there," she answered, and pointed to the thin bright line on the horizon. He laughed, and
then he did not laugh any more, because the line had moved.
"""
RECIPE = """
Plum cake with almonds
Serves 8

Ingredients
250 g flour
120 g butter
3 eggs
1 kg plums
2 tablespoons of sugar
1 teaspoon of cinnamon
100 g almonds

Preheat the oven to 180 degrees. Beat the butter with the sugar, add the eggs one by one and fold in the flour. Spread
the dough on a tray, lay the plums on it and sprinkle with almonds and cinnamon. Bake for 40 minutes at 180 degrees and
serve warm with cream.
"""
ADVERTISEMENT = """
Senior Gardener (m/f/d)
Botanical Park Lindenau, Leipzig

About the role
We are looking for an experienced gardener to join our team from May 2025.

Responsibilities
- Care for the perennial beds and the orchard
- Train two apprentices

Your profile
- Vocational training in horticulture
- Five years of experience
- Driving licence

Skills
Pruning, plant knowledge, machine maintenance

What we offer
- 30 days of leave, a permanent contract

Apply now: jobs@lindenau.example.org, +49 341 5550123
"""
PAPER = """
Sediment transport in shallow tidal channels
A. Nakagawa and P. Hartigan, University of Wexmoor
a.nakagawa@wexmoor.example.edu

Abstract
In this paper we show that the transport of fine sediment in shallow channels depends on vegetation more than on slope.

1 Introduction
Earlier work (Osei et al 2014) assumed a linear relation. Figure 1 shows that it fails below 20 cm. We propose a model
with two parameters and test it at four sites between 2016 and 2019.

References
Osei, B. et al: Channels and slopes. Journal of Tides 12, 2014. doi: 10.0000/0000
"""
LETTER = """
Imogen Ravensworth
7 Kings Road, Bristol
imogen.ravensworth@example.org

3 February 2024

Dear Mr Quillan,

thank you for showing me the workshop last week. I was impressed by the care that goes into every frame, and by how
openly you spoke about the years in which the firm nearly closed. I would be glad to come back in the spring and to
bring the drawings that we talked about.

Please give my regards to your sister. I remain, with many thanks for the tea,

Yours sincerely,
Imogen Ravensworth
"""
CODE = """
import os
from pathlib import Path

class TideTable:
    def __init__(self, folder):
        self.folder = Path(folder)

    def heights(self, day):
        for line in open(self.folder / f"{day}.txt"):
            hour, height = line.split(",")
            yield int(hour), float(height)

def main():
    table = TideTable(os.environ["TIDES"])
    for hour, height in table.heights("monday"):
        print(hour, height)

if __name__ == "__main__":
    main()
"""
RECHNUNG = """
Brückner & Sohn KG
Lindenstraße 12, 22765 Hamburg
Telefon 040 5550123, info@brueckner.example.com

Rechnung Nr. 4711
Rechnungsdatum: 03.04.2023

Pos  Bezeichnung               Menge   Einzelpreis   Gesamt
1    Fenster, zweifach            4        310,00   1.240,00
2    Einbau                       6         65,00     390,00

Zwischensumme 1.630,00
MwSt 19 % 309,70
Gesamtbetrag 1.939,70

Zahlbar innerhalb von 14 Tagen. IBAN DE00 0000 0000 0000 0000 00
"""


@pytest.mark.parametrize(
    "text",
    [INVOICE, NOVEL, RECIPE, ADVERTISEMENT, PAPER, LETTER, CODE, RECHNUNG],
    ids=["invoice", "novel", "recipe", "advertisement", "paper", "letter", "source code", "German invoice"],
)
def test_other_kinds_of_documents_are_refused(text: str, read: Read) -> None:
    with pytest.raises(NotAResume):
        read(text)


PASTED = [
    "John Doe\nSoftware Engineer\njohn.doe@example.com",
    "Orla Fenwick\nNurse, Leeds General, 2019 - 2023",
    "ORLA FENWICK\n0113 496 0123\nI clean offices and shops, early mornings or late evenings. Ten years in Leeds.",
    "Orla Fenwick\nLeeds\n\nWork\nBarista, Bean There, 2021 - 2022\nCleaner, Hotel Marrow, 2019 - 2021\n\nI am 24, hard working"
    " and friendly, I like people and I am never late. I can start at once and work every weekend, day or night, in Leeds or near it.",
]


@pytest.mark.parametrize("text", PASTED)
def test_a_few_pasted_lines_are_answered(text: str, read: Read) -> None:
    resume = read(text)
    assert resume.reading.warnings


def test_a_cover_letter_before_a_resume_does_not_make_it_a_letter(read: Read) -> None:
    jobs = "\n\nExperience\n\nHydrologist\nCalder Water Services Ltd\nMar 2020 - Present\n- Modelled flood risk for nine towns.\n"
    school = "\n\nEducation\n\nBSc in Geography\nUniversity of Lancaster\n2016 - 2020\n"
    assert len(read(LETTER + jobs + school).experience) == 1
