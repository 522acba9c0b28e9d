UPDATE person SET mother_name = :name WHERE pin = :pin;
