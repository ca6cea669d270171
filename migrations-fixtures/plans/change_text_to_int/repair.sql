UPDATE parts SET size = '-1' WHERE size !~ '^ *[0-9]+ *$'
