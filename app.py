from extractor.page import main

main()
