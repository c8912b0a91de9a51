"""The rules of enrolment: values and the moment in, decisions out. No Flask, SQL, clock or network."""
