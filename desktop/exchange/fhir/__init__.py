"""FHIR R4 (https://hl7.org/fhir/R4/): a form as a Questionnaire, a record as a QuestionnaireResponse, and back."""
