UPDATE person SET father_name = :name WHERE pin = :pin;
